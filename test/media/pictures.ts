/** A stand-in for the hosts that keep pictures: Telnyx's own origin, as TELNYX_BASE_URL names it, where each path misbehaves in its way. */
import { gzipSync } from "node:zlib";
import { atTheEnd } from "../harness/cleanup.ts";
import { smsEvent } from "../harness/telnyx.ts";

export const API_KEY = "KEY0123_picture";

/** One pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

export interface Asked {
  readonly path: string;
  readonly authorization: string | null;
  readonly host: string | null;
}

type Answer = (request: Request, url: URL) => Response | Promise<Response>;

export class PictureHost {
  readonly asked: Asked[] = [];
  readonly #server: ReturnType<typeof Bun.serve>;
  /** How many are under way, and how many there were at once. */
  open = 0;
  most = 0;

  constructor(answers: Readonly<Record<string, Answer>> = {}) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: async (request) => {
        const url = new URL(request.url);
        const { headers } = request;
        this.asked.push({
          path: url.pathname,
          authorization: headers.get("authorization"),
          host: headers.get("host"),
        });
        this.open++;
        this.most = Math.max(this.most, this.open);
        try {
          const answer = answers[url.pathname] ?? ANSWERS[url.pathname.split("/")[1] ?? ""];
          return await (answer?.(request, url) ?? new Response("none", { status: 404 }));
        } finally {
          this.open--;
        }
      },
    });
    atTheEnd(() => this.#server.stop(true));
  }

  get url(): string {
    return this.#server.url.origin;
  }

  /** As TELNYX_BASE_URL takes it. */
  get baseUrl(): string {
    return `${this.url}/v2`;
  }

  askedFor(path: string): number {
    return this.asked.filter((each) => each.path === path).length;
  }
}

export function picture(bytes: Uint8Array<ArrayBuffer> = Uint8Array.from(PNG), headers = {}): Response {
  return new Response(bytes, { headers: { "content-type": "image/png", ...headers } });
}

/** A hundred megabytes, packed into a tenth of one. */
const BOMB = Uint8Array.from(gzipSync(Buffer.concat([PNG, Buffer.alloc(100_000_000)])));

/** By the first segment of the path. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  ok: () => picture(),
  key: ({ headers }) =>
    headers.get("authorization") === `Bearer ${API_KEY}` ? picture() : new Response("no", { status: 401 }),
  locked: () => new Response("no", { status: 403 }),
  gone: () => new Response("gone", { status: 410 }),
  html: () =>
    new Response("<html><script>alert(1)</script></html>", { headers: { "content-type": "image/png" } }),
  svg: () => picture(Uint8Array.from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))),
  smil: () => picture(Uint8Array.from(Buffer.from("<smil><head/></smil>"))),
  huge: () => picture(Uint8Array.from(Buffer.concat([PNG, Buffer.alloc(3_000_000)]))),
  bomb: () =>
    picture(BOMB, {
      "content-encoding": "gzip",
    }),
  packed: () => picture(Uint8Array.from(gzipSync(PNG)), { "content-encoding": "gzip" }),
  /** No length is declared, and it never ends. */
  endless: () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(PNG),
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      }),
    ),
  stalled: () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(PNG),
        pull: () => new Promise<void>(() => undefined),
      }),
    ),
  silent: () => new Promise<Response>(() => undefined),
  /** `/to/LINK`: leads there. */
  to: (_, url) => Response.redirect(decodeURIComponent(url.pathname.slice("/to/".length)), 302),
  loop: (_, url) => Response.redirect(url.href, 302),
};

/** An MMS whose media are these links. */
export function mmsEvent(to: string, links: readonly (string | Record<string, unknown>)[], text = "look") {
  const media = links.map((link) =>
    typeof link === "string" ? { url: link, content_type: "image/png" } : link,
  );
  return smsEvent(to, text, { type: "MMS", media });
}
