/** Between which positions a client looks: its cursors and times, held against what the database has. */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import type { ApiError } from "../errors.ts";
import { invalidQuery } from "../http/url.ts";
import { BEYOND } from "../messages/historyquery.ts";
import type { Kept } from "../messages/kept.ts";
import { positionBefore } from "../messages/position.ts";
import type { GapReason } from "../stream/sse.ts";
import { type Cursor, formatCursor } from "../values/cursor.ts";
import type { HistoryRequest } from "./historyrequest.ts";
import { UNKNOWN_CURSOR } from "./parameters.ts";
import { startOfCursor, startOfSince } from "./readerstart.ts";

/** Both exclusive. Throws the fault `validation_error` for a cursor that cannot be honoured. */
export async function boundsOf(
  read: Read,
  { cursor, after, since, until, order }: HistoryRequest,
  installation: Installation & Kept,
): Promise<{ after: number; before: number }> {
  if (cursor) refuseForeign(cursor, installation);
  const lows = [
    after === null ? 0 : seqAfter(after, installation),
    since === null ? 0 : await startOfSince(read, since, installation),
    cursor && order === "asc" ? cursor.seq : 0,
  ];
  const highs = [
    until === null ? BEYOND : (await positionBefore(read, until, installation.position)) + 1,
    cursor && order === "desc" ? cursor.seq : BEYOND,
  ];
  return { after: Math.max(...lows), before: Math.min(...highs) };
}

/**
 * The position of a stream's cursor. One below which retention has removed something is refused rather than taken
 * for another: who asks for all that came after it would not learn that some of it is gone. Throws the fault
 * `validation_error`.
 */
export function seqAfter(cursor: Cursor, installation: Installation & Kept): number {
  const { after, gap } = startOfCursor(cursor, installation);
  if (gap) throw refused("after", gap, installation);
  return after;
}

/** Of a page's cursor. Retention may have gone over it: then nothing is left to list, which is no fault. */
function refuseForeign(cursor: Cursor, installation: Installation & Kept): void {
  // A page's end may lie one behind the newest position.
  const { gap } = startOfCursor(cursor, { ...installation, position: installation.position + 1 });
  if (gap && gap !== "expired") throw refused("cursor", gap, installation);
}

function refused(name: string, gap: GapReason, { epoch, prunedThrough }: Installation): ApiError {
  // From the last that was removed on, so that it is not refused again.
  const oldest = formatCursor(epoch, prunedThrough);
  const why = {
    unknown_cursor: UNKNOWN_CURSOR,
    ahead: "ahead: must be a position that the database has reached",
    expired: `expired: what came after it is no longer kept; ${oldest} is the oldest there is`,
  };
  return invalidQuery({ [name]: why[gap] });
}
