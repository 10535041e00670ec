/** A request's address. */
import { Fault } from "../errors.ts";

/** Of a query, its `?` included: two hundred numbers fit, twice. */
const MOST_QUERY_LENGTH = 8_192;

/**
 * Its path and query. The host is left out: with a malformed `Host` header, or none, the runtime's URL is relative
 * or no URL at all.
 */
export function requestUrl({ url }: Request): URL {
  return new URL(`http://local${url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/^\/*/, "/")}`);
}

/** Its query. Throws the fault `validation_error` when that is too long; a path so long is of nothing that there is. */
export function queryOf(request: Request): URLSearchParams {
  const { search, searchParams } = requestUrl(request);
  if (search.length <= MOST_QUERY_LENGTH) return searchParams;
  throw invalidQuery({ query: `may have at most ${MOST_QUERY_LENGTH} characters` });
}

/** The fault `validation_error` for a query: name of the parameter → what is wrong with it. */
export function invalidQuery(fields: Readonly<Record<string, string>>): Fault {
  return new Fault("validation_error", "The query is not valid.", { fields });
}
