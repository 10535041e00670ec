/** Which methods there are at an address: for 405, and for preflights. */

/** Paths of the API, as published and as its page's title says. */
export const API_PREFIXES = ["/api/v1", "/v1"] as const;
export const API_PATH = /^(\/api)?\/v1(\/|$)/;
/** No route is longer, whatever its parameters are. */
const MAX_PATH_LENGTH = 512;

export interface KnownRoute {
  readonly method: string;
  readonly path: string;
}

/**
 * In alphabetical order, with `HEAD` where there is `GET`; none where there is nothing at all. It costs the number of
 * routes times the segments of a path that is bounded.
 */
export function methodsAt(routes: readonly KnownRoute[], path: string): Set<string> {
  if (path.length > MAX_PATH_LENGTH) return new Set();
  const methods = new Set(routes.filter((route) => isAt(route.path, path)).map(({ method }) => method));
  if (methods.has("GET")) methods.add("HEAD");
  return new Set([...methods].sort());
}

/** A segment such as `:message_id` stands for any; a slash at the end for none. */
export function isAt(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const segments = (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path).split("/");
  return (
    wanted.length === segments.length &&
    wanted.every((segment, i) => segment === segments[i] || (segment.startsWith(":") && segments[i] !== ""))
  );
}
