/** Where a stream starts, and whether what is stored comes first. */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import type { Kept } from "../messages/kept.ts";
import { parseCursor } from "../values/cursor.ts";
import { installationFor, type Start, startOfCursor, startOfSince } from "./readerstart.ts";
import type { StreamRequest } from "./streamrequest.ts";

export interface StreamStart extends Start, Kept {
  /** Whether stored messages may come first, and so `caught_up` behind them. */
  readonly replays: boolean;
}

/**
 * Whether a cursor is of this database, and the very position up to which this process has announced: nothing comes from
 * memory then. What lies behind an earlier one may have been deleted by another process since this one last looked.
 */
export function isNewestHere(
  cursor: string | null,
  { installation, position }: Pick<ChangeFeed, "installation" | "position">,
): boolean {
  const known = cursor === null ? null : parseCursor(cursor);
  return known !== null && known.epoch === installation.epoch && known.seq === position;
}

export async function streamStart(
  read: Read,
  { cursor, since }: StreamRequest,
  accounts: readonly number[],
  present: Installation,
): Promise<StreamStart> {
  const installation = await installationFor(read, accounts, present);
  const { position, prunedThrough, keptAfter } = installation;
  const kept = { prunedThrough, keptAfter };
  if (cursor !== null) {
    const start = startOfCursor(parseCursor(cursor), installation);
    return { ...kept, ...start, replays: start.gap === null || start.gap === "expired" };
  }
  if (since === null) return { ...kept, after: position, gap: null, replays: false };
  return { ...kept, after: await startOfSince(read, since, installation), gap: null, replays: true };
}
