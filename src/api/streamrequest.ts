/** What a client asks of the stream: headers and query → a {@link StreamRequest}. Unknown parameters are ignored. */
import { requestUrl } from "../http/url.ts";
import { Query, type Since } from "./parameters.ts";

export interface StreamRequest {
  /** As it came, readable or not; null for a fresh client. */
  readonly cursor: string | null;
  readonly since: Since | null;
  /** Null without a filter. On a reconnect unreadable ones are left out, and the list may be empty. */
  readonly to: readonly string[] | null;
}

/** Throws the fault `validation_error`. */
export function readStreamRequest(request: Request, now: number): StreamRequest {
  const query = new Query(request, ["to"]);
  const cursor = readCursor(request.headers, query);
  const found = {
    cursor,
    since: cursor === null ? query.since(now) : null,
    to: query.to(cursor !== null),
  };
  query.finish();
  return found;
}

/** Whether a cursor is given, readable or not. */
export function isReconnect(request: Request): boolean {
  return readCursor(request.headers, requestUrl(request).searchParams) !== null;
}

/** The header wins over the query; an empty one counts as absent. */
function readCursor(headers: Headers, query: Pick<URLSearchParams, "get">): string | null {
  return (
    headers.get("last-event-id")?.trim() ||
    query.get("last_event_id")?.trim() ||
    query.get("lastEventId")?.trim() ||
    null
  );
}
