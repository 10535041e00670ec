/** The methods of an address, for 405 and for preflights. */

/** The prefixes of the API: the one that is published, and the one that its page's title names. */
export const API_PREFIXES = ["/api/v1", "/v1"] as const;
export const API_PATH = /^(\/api)?\/v1(\/|$)/;
/** No route is longer, whatever its parameters are. */
const MAX_PATH_LENGTH = 512;

export interface KnownRoute {
  readonly method: string;
  readonly path: string;
}

/**
 * The methods in alphabetical order, with `HEAD` wherever there is `GET`; none when the address does not exist. Costs the
 * number of routes times the segments of the path, which is bounded.
 */
export function methodsAt(routes: readonly KnownRoute[], path: string): Set<string> {
  if (path.length > MAX_PATH_LENGTH) return new Set();
  const methods = new Set(routes.filter((route) => isAt(route.path, path)).map(({ method }) => method));
  if (methods.has("GET")) methods.add("HEAD");
  return new Set([...methods].sort());
}

/** A segment such as `:message_id` matches any; a final slash is ignored. */
export function isAt(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const segments = (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path).split("/");
  return (
    wanted.length === segments.length &&
    wanted.every((segment, i) => segment === segments[i] || (segment.startsWith(":") && segments[i] !== ""))
  );
}
