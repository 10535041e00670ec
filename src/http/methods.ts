/** Which methods there are at an address: for 405, and for preflights. */

/** Paths of the API, as published and as its page's title says. */
export const API_PREFIXES = ["/api/v1", "/v1"] as const;
export const API_PATH = /^(\/api)?\/v1(\/|$)/;

export interface KnownRoute {
  readonly method: string;
  readonly path: string;
}

/** In alphabetical order, with `HEAD` where there is `GET`; none where there is nothing at all. */
export function methodsAt(routes: readonly KnownRoute[], pathname: string): Set<string> {
  const path = pathname.replace(/(.)\/$/, "$1");
  const methods = new Set(routes.filter((route) => isAt(route.path, path)).map(({ method }) => method));
  if (methods.has("GET")) methods.add("HEAD");
  return new Set([...methods].sort());
}

/** A segment such as `:message_id` stands for any. */
function isAt(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const segments = path.split("/");
  return (
    wanted.length === segments.length &&
    wanted.every((segment, i) => segment === segments[i] || (segment.startsWith(":") && segments[i] !== ""))
  );
}
