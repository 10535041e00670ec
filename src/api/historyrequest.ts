/** What a client asks of the history: query → a request. Unknown parameters are ignored. */
import type { HistoryFilter } from "../messages/historyquery.ts";
import type { Order } from "../messages/hits.ts";
import type { Cursor } from "../values/cursor.ts";
import { type PageCursor, parsePageCursor } from "./pagecursor.ts";
import { FRACTION, Query, type Since, UNKNOWN_CURSOR } from "./parameters.ts";

export const DEFAULT_TIMEOUT_SECONDS = 30;
export const MAX_TIMEOUT_SECONDS = 120;

/** Whose messages it may be is the key's to say. */
export type AskedFilter = Omit<HistoryFilter, "accounts">;

export interface HistoryRequest {
  readonly filter: AskedFilter;
  readonly order: Order;
  readonly limit: number;
  readonly cursor: PageCursor | null;
  /** A cursor of the stream. */
  readonly after: Cursor | null;
  readonly since: Since | null;
  /** Only what was stored before, in ms since 1970. */
  readonly until: number | null;
}

export interface NextRequest {
  readonly filter: AskedFilter;
  readonly after: Cursor | null;
  readonly since: Since | null;
  readonly timeoutMs: number;
}

/** Throws the fault `validation_error`. */
export function readHistoryRequest(request: Request, now: number): HistoryRequest {
  const query = new Query(request, ["to", "from", "q", "since", "until", "after"]);
  const after = query.streamCursor("after");
  const cursorText = query.cursor("cursor");
  const cursor = cursorText === null ? null : parsePageCursor(cursorText);
  if (cursorText !== null && !cursor) query.fault("cursor", UNKNOWN_CURSOR);
  const asked = query.choice("order", ["desc", "asc"]);
  const order = asked ?? cursor?.order ?? (after === null ? "desc" : "asc");
  if (after !== null && asked === "desc") query.fault("order", "must be asc where after is given");
  if (cursor && cursor.order !== order)
    query.fault("cursor", `is of a page in the order ${cursor.order}, and goes on in no other`);
  else if (cursor && after !== null && order === "desc")
    query.fault("cursor", "is of a page in the order desc, and after implies asc");
  const found = {
    filter: readFilter(query),
    order,
    limit: query.limit(),
    cursor,
    after,
    since: query.since(now),
    until: query.until(now),
  };
  query.finish();
  return found;
}

/** Throws the fault `validation_error`. A cursor wins over `since`, as in the stream. */
export function readNextRequest(request: Request, now: number): NextRequest {
  const query = new Query(request, ["to", "from", "q"]);
  const found = {
    filter: readFilter(query),
    after: query.streamCursor("after"),
    since: query.since(now),
    timeoutMs: query.number("timeout", DEFAULT_TIMEOUT_SECONDS, 0, MAX_TIMEOUT_SECONDS, FRACTION) * 1000,
  };
  query.finish();
  return found;
}

function readFilter(query: Query): AskedFilter {
  return { to: query.to(), from: query.from(), search: query.search() };
}
