/** A request's address. */

/**
 * Its path and query. The host is left out: with a malformed `Host` header, or none, the runtime's URL is relative
 * or no URL at all.
 */
export function requestUrl({ url }: Request): URL {
  return new URL(`http://local${url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/^\/*/, "/")}`);
}
