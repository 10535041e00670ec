/** Where a stream starts: a client's cursor or `since`, held against what the database has. */
import type { Read } from "../database/connection.ts";
import type { Installation } from "../database/installation.ts";
import { positionBefore } from "../messages/position.ts";
import type { GapReason } from "../stream/sse.ts";
import { formatCursor, parseCursor } from "../values/cursor.ts";
import type { StreamRequest } from "./streamrequest.ts";

export interface Start {
  /** The stream sends what comes after this seq; `connected` carries it. */
  readonly after: number;
  /** Whether stored messages may come first, and so `caught_up` behind them. */
  readonly replays: boolean;
  /** What is told right after `connected` when the cursor could not be honoured. */
  readonly gap: { readonly reason: GapReason; readonly oldest: string } | null;
}

/** `installation` is of a moment after the request came: `ahead` is judged by the database, not by this process. */
export async function findStart(
  read: Read,
  { cursor, since }: StreamRequest,
  { epoch, position, prunedThrough }: Installation,
): Promise<Start> {
  const oldest = formatCursor(epoch, prunedThrough);
  if (cursor !== null) {
    const parsed = parseCursor(cursor);
    if (!parsed || parsed.epoch !== epoch) return fromNow("unknown_cursor");
    if (parsed.seq > position) return fromNow("ahead");
    if (parsed.seq < prunedThrough) {
      return { after: prunedThrough, replays: true, gap: { reason: "expired", oldest } };
    }
    return { after: parsed.seq, replays: true, gap: null };
  }
  if (since === null) return { after: position, replays: false, gap: null };
  const after = since === "all" ? prunedThrough : await positionBefore(read, since.storedAt, position);
  return { after: Math.max(after, prunedThrough), replays: true, gap: null };

  function fromNow(reason: GapReason): Start {
    return { after: position, replays: false, gap: { reason, oldest } };
  }
}
