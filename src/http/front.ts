/**
 * Stands before the router. The runtime's own table of routes uses the path as it came, whatever the `Host`. Elysia looks
 * for the path from the twelfth character of the URL on, where it is not if the `Host` has less than four letters, and in
 * a URL from which the runtime has removed dot segments. So a request is served only when the runtime has found its path,
 * with or without a final slash: no other spelling of a path gets round a proxy's rule for it.
 */
import { isAt, type KnownRoute } from "./methods.ts";
import { addressOf, pathOf } from "./url.ts";

type Serve = (request: Request) => Response | Promise<Response>;

/** Replaces the request's host, when the router could not rely on it. */
const PLAIN_HOST = "http://inlet.local";
/** A dot segment: they stay when the runtime's URL is not a URL. Linear. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** The position from which Elysia looks for the path. */
const PATH_AT_LEAST = 11;

/** The runtime's table: `found` answers requests for one of the routes, `lost` those that only look like one. */
export function routeTable(
  routes: readonly KnownRoute[],
  found: Serve,
  lost: Serve,
): Record<string, Record<string, Serve>> {
  const table: Record<string, Record<string, Serve>> = {};
  for (const { method, path } of routes) {
    // To the runtime's table `/messages/..` is one of `/messages/:id`; to everybody else it is another address.
    const isHere = (at: string) => isAt(path, at) && !DOT_SEGMENT.test(at);
    const serve: Serve = path.includes(":")
      ? (request) => (isHere(pathOf(request)) ? found(routable(request)) : lost(request))
      : (request) => found(routable(request));
    for (const spelling of path === "/" ? [path] : [path, `${path}/`]) {
      table[spelling] = { ...table[spelling], [method]: serve };
    }
  }
  return table;
}

/** RFC 9112, section 3.2: of two hosts, a proxy may have used the other. */
export function namesTwoHosts({ headers }: Request): boolean {
  return headers.get("host")?.includes(",") ?? false;
}

/** The same request, with a URL in which Elysia finds the path. Not a copy: the request belongs to the connection. */
function routable(request: Request): Request {
  const { url } = request;
  if (!url.startsWith("/") && url.indexOf("/", 8) >= PATH_AT_LEAST) return request;
  return Object.defineProperty(request, "url", { value: PLAIN_HOST + addressOf(request) });
}
