/** A request's address. The host is left out: nothing here depends on it. */
import { ApiError } from "../errors.ts";

/** The longest query, with its `?`: two hundred numbers fit in it twice. */
const MAX_QUERY_LENGTH = 8_192;

/**
 * The path and query of a request, as the runtime has normalised them. With a malformed `Host` header, or without one,
 * the runtime's URL is only that.
 */
export function addressOf({ url }: Request): string {
  // Behind `http://` and `https://` alike no slash stands before the host's end.
  return url.startsWith("/") ? url : url.slice(url.indexOf("/", 8));
}

/** The path of a request. */
export function pathOf(request: Request): string {
  return addressOf(request).split("?", 1)[0] ?? "";
}

/** The address of a request, parsed. Linear: a millisecond for the runtime's limit of 16 KB. */
export function requestUrl(request: Request): URL {
  return new URL(`http://local${addressOf(request)}`);
}

/** The query of a request, parsed: half a millisecond for the longest. Throws the fault of {@link refuseLongQuery}. */
export function queryOf(request: Request): URLSearchParams {
  refuseLongQuery(request);
  return requestUrl(request).searchParams;
}

/**
 * Throws the fault `validation_error` when the query is too long. Routes without parameters check no more: they do not
 * parse it. A path of such a length does not exist.
 */
export function refuseLongQuery(request: Request): void {
  const address = addressOf(request);
  const start = address.indexOf("?");
  if (start === -1 || address.length - start <= MAX_QUERY_LENGTH) return;
  throw invalidQuery({ query: `may have at most ${MAX_QUERY_LENGTH} characters` });
}

/** The fault `validation_error` for a query: name of the parameter → what is wrong with it. */
export function invalidQuery(fields: Readonly<Record<string, string>>): ApiError {
  return new ApiError("validation_error", "The query is not valid.", { fields });
}
