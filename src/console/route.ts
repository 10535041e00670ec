/** `GET /`: the console, with headers under which nothing but its own script runs. */
import { createHash } from "node:crypto";
import { consolePage } from "./page.ts";
import { type ConsoleSettings, withSettings } from "./settings.ts";

export class ConsoleRoute {
  readonly #settings: ConsoleSettings;
  #served: Promise<Served> | null = null;

  constructor(settings: ConsoleSettings) {
    this.#settings = settings;
  }

  async serve(request: Request): Promise<Response> {
    this.#served ??= prepare(this.#settings);
    const { html, gzipped, headers } = await this.#served;
    if (isCurrent(request.headers.get("if-none-match"), headers.etag))
      return new Response(null, { status: 304, headers });
    if (acceptsGzip(request.headers.get("accept-encoding")))
      return new Response(gzipped, { headers: { ...headers, "content-encoding": "gzip" } });
    return new Response(html, { headers });
  }
}

interface Served {
  readonly html: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly headers: ReturnType<typeof headersOf>;
}

async function prepare(settings: ConsoleSettings): Promise<Served> {
  const page = await consolePage();
  const html = new TextEncoder().encode(withSettings(page.html, settings));
  const hash = createHash("sha256").update(html).digest("base64url").slice(0, 22);
  return { html, gzipped: Bun.gzipSync(html), headers: headersOf(page.contentSecurityPolicy, hash) };
}

function headersOf(contentSecurityPolicy: string, hash: string) {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    // Asked for each time, and sent when it has changed: after an update nobody works with yesterday's page.
    "cache-control": "no-cache",
    vary: "accept-encoding",
    // Weak, for the page and its compressed form alike (RFC 9110, section 8.8.1).
    etag: `W/"${hash}"`,
  };
}

/** RFC 9110, section 13.1.2: weak comparison, with any of the tags. */
function isCurrent(ifNoneMatch: string | null, etag: string): boolean {
  const opaque = etag.replace("W/", "");
  return (ifNoneMatch ?? "").split(",").some((tag) => ["*", opaque].includes(tag.trim().replace(/^W\//, "")));
}

/** Whether gzip is named, and not with a weight of nothing. */
function acceptsGzip(acceptEncoding: string | null): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(1|0\.\d*[1-9])\d*\s*)?(,|$)/i.test(acceptEncoding ?? "");
}
