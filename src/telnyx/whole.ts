/**
 * Lists from whose silence something follows: what such a list does not hold is taken for gone. So it must say of itself
 * that it is empty, and one of several pages, of which an entry may slip through while it changes, is read until it
 * is the same twice.
 */
import type { TelnyxClient } from "./client.ts";
import { TelnyxFailure } from "./failure.ts";
import { type ListRequest, readList } from "./list.ts";

const MAX_READINGS = 4;

/** All of it, and never a part: throws {@link TelnyxFailure}, also where it has more pages than may be read. */
export async function readWhole<T>(client: TelnyxClient, request: ListRequest<T>): Promise<readonly T[]> {
  let before: string | null = null;
  for (let reading = 1; reading <= MAX_READINGS; reading++) {
    const { rows, pages, announced } = await readList(client, request);
    if (rows === null)
      throw new TelnyxFailure("capped", `Telnyx's list of ${request.what} has more pages than are read`);
    if (rows.length === 0 && announced === null)
      throw new TelnyxFailure(
        "unreadable",
        `Telnyx's list of ${request.what} came without entries, and does not say that it has none`,
      );
    if (pages === 1) return rows;
    const seen = rows
      .map((row) => JSON.stringify(row))
      .sort()
      .join("\n");
    if (seen === before) return rows;
    before = seen;
  }
  throw new TelnyxFailure(
    "unreadable",
    `Telnyx's list of ${request.what} changes while it is read: try again in a moment`,
  );
}
