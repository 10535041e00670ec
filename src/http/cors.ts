/**
 * The pages of other origins that may use the API, by the origins of `CORS_ORIGINS` and no others
 * (https://fetch.spec.whatwg.org/#http-cors-protocol). Keys travel in a header of their own and tickets in the
 * address, so no answer is ever allowed with credentials, and none differs by cookies.
 */
import { API_PATH } from "./methods.ts";
import { pathOf } from "./url.ts";

/** The headers that a page may send, beyond those always allowed, when a preflight names none that can be read. */
const ALLOWED_HEADERS = "authorization, content-type, last-event-id";
/** The longest list of headers in a preflight, in characters. */
const MAX_ASKED_LENGTH = 1_024;
/** RFC 9110, section 5.6.2. Linear: one class of characters, once. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** The headers that a page may read, beyond those always allowed. */
const EXPOSED_HEADERS = "retry-after, inlet-position, www-authenticate, x-request-id";
/** Two hours, the most that Chromium takes. */
const MAX_AGE_SECONDS = "7200";

export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** The headers for the answer to this request. Each answer of the API has `Vary`, so that no cache mixes them up. */
  headersFor(request: Request): Readonly<Record<string, string>> {
    if (!API_PATH.test(pathOf(request))) return {};
    const origin = this.#allowedOrigin(request);
    if (origin === null) return { vary: "origin" };
    return {
      vary: "origin",
      "access-control-allow-origin": origin,
      "access-control-expose-headers": EXPOSED_HEADERS,
    };
  }

  /** Answers a preflight from one of the origins, for a route with these methods; null for any other request. */
  preflight(request: Request, methods: ReadonlySet<string>): Response | null {
    const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    if (!isPreflight || methods.size === 0 || this.#allowedOrigin(request) === null) return null;
    if (!API_PATH.test(pathOf(request))) return null;
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": [...methods].join(", "),
        "access-control-allow-headers": allowedHeaders(request),
        "access-control-max-age": MAX_AGE_SECONDS,
      },
    });
  }

  #allowedOrigin(request: Request): string | null {
    const origin = request.headers.get("origin");
    return origin !== null && this.#origins.has(origin) ? origin : null;
  }
}

/**
 * The headers that the preflight asks for. Origins are exact, so a list of our own would protect nothing, and would keep
 * clients away:
 * `eventsource` up to 2 and others send `cache-control` or `x-requested-with` by themselves.
 */
function allowedHeaders({ headers }: Request): string {
  const asked = headers.get("access-control-request-headers") ?? "";
  const names = asked.length <= MAX_ASKED_LENGTH ? asked.split(",").map((name) => name.trim()) : [];
  return names.length > 0 && names.every((name) => TOKEN.test(name)) ? names.join(", ") : ALLOWED_HEADERS;
}
