/**
 * The pages of other origins that may use the API, by the origins of `CORS_ORIGINS` and no others
 * (https://fetch.spec.whatwg.org/#http-cors-protocol). Keys travel in a header of their own and tickets in the
 * address, so no answer is ever allowed with credentials, and none differs by cookies.
 */
import { API_PATH } from "./methods.ts";
import { requestUrl } from "./url.ts";

/** What pages may send besides what is always allowed, and read besides the same. */
const ALLOWED_HEADERS = "authorization, content-type, last-event-id";
const EXPOSED_HEADERS = "retry-after, inlet-position, www-authenticate";
/** Two hours, Chromium's most. */
const MAX_AGE_SECONDS = "7200";

export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** What the answer to this request carries. `Vary` stands on each of the API's, so that no cache mixes them up. */
  headersFor(request: Request): Readonly<Record<string, string>> {
    if (!API_PATH.test(requestUrl(request).pathname)) return {};
    const origin = this.#allowedOrigin(request);
    if (origin === null) return { vary: "origin" };
    return {
      vary: "origin",
      "access-control-allow-origin": origin,
      "access-control-expose-headers": EXPOSED_HEADERS,
    };
  }

  /** The answer to a preflight of one of the origins for a route that has these methods; null when it is none. */
  preflight(request: Request, methods: ReadonlySet<string>): Response | null {
    const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    if (!isPreflight || methods.size === 0 || this.#allowedOrigin(request) === null) return null;
    if (!API_PATH.test(requestUrl(request).pathname)) return null;
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": [...methods].join(", "),
        "access-control-allow-headers": ALLOWED_HEADERS,
        "access-control-max-age": MAX_AGE_SECONDS,
      },
    });
  }

  #allowedOrigin(request: Request): string | null {
    const origin = request.headers.get("origin");
    return origin !== null && this.#origins.has(origin) ? origin : null;
  }
}
