/** Where a reader starts: its cursor, or its time, held against what the database has. Alike for all who read. */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import { type Kept, keptFor } from "../messages/kept.ts";
import { positionBefore } from "../messages/position.ts";
import type { GapReason } from "../stream/sse.ts";
import type { Cursor } from "../values/cursor.ts";
import type { Since } from "./parameters.ts";

export interface Start {
  /** What comes after this seq is the reader's. */
  readonly after: number;
  /** Why a cursor could not be honoured: the stream tells of a gap, the history refuses it. */
  readonly gap: GapReason | null;
}

/** `keptAfter` is less where some of the reader's accounts keep theirs for longer than others. */
type Known = Pick<Installation, "epoch" | "position" | "prunedThrough"> & Partial<Pick<Kept, "keptAfter">>;

/** The installation, with what retention has removed of these accounts'. */
export async function installationFor<T extends Installation>(
  read: Read,
  accounts: readonly number[],
  installation: T,
): Promise<T & Kept> {
  return { ...installation, ...(await keptFor(read, accounts, installation)) };
}

/**
 * Null stands for a cursor that cannot be read. `installation` is of a moment after the request came: `ahead` is judged
 * by the database, not by this process. What has expired starts at the oldest that is kept after it, the rest at the newest.
 */
export function startOfCursor(cursor: Cursor | null, known: Known): Start {
  const { epoch, position, prunedThrough, keptAfter = prunedThrough } = known;
  if (cursor?.epoch !== epoch) return { after: position, gap: "unknown_cursor" };
  if (cursor.seq > position) return { after: position, gap: "ahead" };
  if (cursor.seq < prunedThrough) return { after: Math.max(cursor.seq, keptAfter), gap: "expired" };
  return { after: cursor.seq, gap: null };
}

/** The position after which everything was stored since then, as far as it is kept. */
export async function startOfSince(read: Read, since: Since, installation: Known): Promise<number> {
  const { position, prunedThrough, keptAfter = prunedThrough } = installation;
  const after = since === "all" ? 0 : await positionBefore(read, since.storedAt, position);
  return Math.max(after, keptAfter);
}
