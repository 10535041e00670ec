/** Between which positions a client looks: its cursors and times, held against what the database has. */
import type { Read } from "../database/connection.ts";
import type { Installation } from "../database/installation.ts";
import type { Fault } from "../errors.ts";
import { invalidQuery } from "../http/url.ts";
import { BEYOND } from "../messages/history.ts";
import { positionBefore } from "../messages/position.ts";
import { type Cursor, formatCursor } from "../values/cursor.ts";
import type { HistoryRequest } from "./historyrequest.ts";
import { type Since, UNKNOWN_CURSOR } from "./parameters.ts";

/** Both exclusive. Throws the fault `validation_error` for a cursor that cannot be honoured. */
export async function boundsOf(
  read: Read,
  { cursor, after, since, until, order }: HistoryRequest,
  installation: Installation,
): Promise<{ after: number; before: number }> {
  if (cursor) refuseForeign("cursor", cursor, installation);
  const lows = [
    after === null ? 0 : seqAfter(after, installation),
    since === null ? 0 : await seqSince(read, since, installation),
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
 * for another: who asks for all that came after it would not learn that some of it is gone.
 */
export function seqAfter(cursor: Cursor, installation: Installation): number {
  refuseForeign("after", cursor, installation);
  const { epoch, prunedThrough } = installation;
  if (cursor.seq >= prunedThrough) return cursor.seq;
  const oldest = formatCursor(epoch, prunedThrough);
  throw refused("after", `expired: what came after it is no longer kept; ${oldest} is the oldest there is`);
}

/** The position after which everything was stored since then. */
export async function seqSince(read: Read, since: Since, installation: Installation): Promise<number> {
  const { position, prunedThrough } = installation;
  const after = since === "all" ? 0 : await positionBefore(read, since.storedAt, position);
  return Math.max(after, prunedThrough);
}

function refuseForeign(name: string, cursor: Cursor, { epoch, position }: Installation): void {
  if (cursor.epoch !== epoch) throw refused(name, UNKNOWN_CURSOR);
  // A page's end may lie one behind the newest position.
  const newest = name === "cursor" ? position + 1 : position;
  if (cursor.seq > newest) throw refused(name, "ahead: must be a position that the database has reached");
}

function refused(name: string, why: string): Fault {
  return invalidQuery({ [name]: why });
}
