/** What a client asks of the stream: headers and query → a {@link StreamRequest}. Unknown parameters are ignored. */
import { Fault } from "../errors.ts";
import { queryOf, requestUrl } from "../http/url.ts";
import { parseDuration } from "../values/duration.ts";
import { NUMBER_FORM, parseQueryNumber } from "../values/phone.ts";
import { parseTime } from "../values/time.ts";

export interface StreamRequest {
  /** As it came, readable or not; null for a fresh client. */
  readonly cursor: string | null;
  readonly since: Since | null;
  /** Null without a filter. On a reconnect unreadable ones are left out, and the list may be empty. */
  readonly to: readonly string[] | null;
}

/** From everything kept, or from what was stored at this time or later (ms since 1970). */
export type Since = "all" | { readonly storedAt: number };

/** More numbers than this in one filter are better served by a stream without one. */
export const MOST_TO = 200;

/** Throws the fault `validation_error`. */
export function readStreamRequest(request: Request, now: number): StreamRequest {
  const query = queryOf(request);
  const cursor = readCursor(request.headers, query);
  const fields: Record<string, string> = {};
  const since = cursor === null ? readSince(query.get("since"), now, fields) : null;
  const to = readTo(query.getAll("to"), cursor !== null, fields);
  if (Object.keys(fields).length > 0)
    throw new Fault("validation_error", "The query is not valid.", { fields });
  return { cursor, since, to };
}

/** Whether a cursor is given, readable or not. */
export function isReconnect(request: Request): boolean {
  return readCursor(request.headers, requestUrl(request).searchParams) !== null;
}

/** The header wins over the query; an empty one counts as absent. */
function readCursor(headers: Headers, query: URLSearchParams): string | null {
  return (
    headers.get("last-event-id")?.trim() ||
    query.get("last_event_id")?.trim() ||
    query.get("lastEventId")?.trim() ||
    null
  );
}

const SINCE_FORM = "an ISO 8601 time such as 2026-05-22T18:30:00Z, a duration such as 10m, 2h or 7d, or all";

/** Null when there is none, or when its fault is among `fields`. */
export function readSince(text: string | null, now: number, fields: Record<string, string>): Since | null {
  if (text === null || text === "") return null;
  if (text === "all") return "all";
  const durationMs = parseDuration(text);
  const storedAt = durationMs === null ? parseTime(text) : now - durationMs;
  if (storedAt === null) {
    fields.since = `must be ${SINCE_FORM}`;
    return null;
  }
  return { storedAt };
}

/** Null without one. */
export function readTo(
  texts: readonly string[],
  isReconnect: boolean,
  fields: Record<string, string>,
): string[] | null {
  if (texts.length === 0) return null;
  const numbers = texts.map(parseQueryNumber);
  if (!isReconnect && numbers.includes(null)) fields.to = `must be ${NUMBER_FORM}`;
  if (texts.length > MOST_TO) fields.to = `may be given at most ${MOST_TO} times`;
  return [...new Set(numbers.filter((number) => number !== null))].sort();
}
