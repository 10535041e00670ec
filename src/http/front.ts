/**
 * What stands before the router. The runtime's own table of routes goes by the path as it came, whatever the `Host`;
 * Elysia looks for it from the twelfth character of the URL on, which a `Host` of up to three letters moves, and which
 * the runtime has rid of dot segments. So a request is served only where the runtime has found its path, each with and
 * without a slash at the end; no rule that a proxy has for a path can be walked round by another spelling of it.
 */
import { isAt, type KnownRoute } from "./methods.ts";
import { addressOf, pathOf } from "./url.ts";

type Serve = (request: Request) => Response | Promise<Response>;

/** What stands for the host where the request's own is none that the router could count on. */
const PLAIN_HOST = "http://inlet.local";
/** Where the runtime's URL is none, it is not rid of them. Linear. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** From here on Elysia looks for the path. */
const PATH_AT_LEAST = 11;

/** The runtime's table: `found` answers what is at one of the routes, `lost` what only looks as if it were. */
export function routeTable(
  routes: readonly KnownRoute[],
  found: Serve,
  lost: Serve,
): Record<string, Record<string, Serve>> {
  const table: Record<string, Record<string, Serve>> = {};
  for (const { method, path } of routes) {
    // `/messages/..` is one of `/messages/:id` to the runtime's table, and another address to everybody else.
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

/** RFC 9112, section 3.2: of two, a proxy may have gone by the other. */
export function namesTwoHosts({ headers }: Request): boolean {
  return headers.get("host")?.includes(",") ?? false;
}

/** The same request, with a URL in which Elysia finds the path. It is the connection's own, so it is not made anew. */
function routable(request: Request): Request {
  const { url } = request;
  if (!url.startsWith("/") && url.indexOf("/", 8) >= PATH_AT_LEAST) return request;
  return Object.defineProperty(request, "url", { value: PLAIN_HOST + addressOf(request) });
}
