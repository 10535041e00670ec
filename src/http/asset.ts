/** Bytes that are made once and answered many times: compressed, and not at all to who has them already. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";

export class Prepared {
  /** Of the content: another content has another. */
  readonly hash: string;
  readonly #plain: Uint8Array<ArrayBuffer>;
  readonly #gzipped: Uint8Array<ArrayBuffer>;
  readonly #headers: Readonly<Record<string, string>> & { readonly etag: string };

  private constructor(plain: Buffer, gzipped: Buffer, headers: Readonly<Record<string, string>>) {
    this.#plain = new Uint8Array(plain);
    this.#gzipped = new Uint8Array(gzipped);
    this.hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
    // Weak, for the plain and the compressed form alike (RFC 9110, section 8.8.1).
    this.#headers = { ...headers, vary: "accept-encoding", etag: `W/"${this.hash}"` };
  }

  /** Of bytes that may be compressed already. The work is done off the event loop. */
  static async of(
    content: string | Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<Prepared> {
    const bytes = Buffer.from(content as Uint8Array);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      return new Prepared(await promisify(gunzip)(bytes), bytes, headers);
    const gzipped = await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION });
    return new Prepared(bytes, gzipped, headers);
  }

  answer({ headers }: Request): Response {
    if (has(headers.get("if-none-match"), this.#headers.etag))
      return new Response(null, { status: 304, headers: this.#headers });
    return takesGzip(headers.get("accept-encoding"))
      ? new Response(this.#gzipped, { headers: { ...this.#headers, "content-encoding": "gzip" } })
      : new Response(this.#plain, { headers: this.#headers });
  }
}

/** RFC 9110, section 13.1.2: weak comparison, with any of the tags. */
function has(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim());
  return tags.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag.replace(/^W\//, ""));
}

/** Whether gzip is named, and not with a weight of nothing. */
function takesGzip(acceptEncoding: string | null): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(1|0\.\d*[1-9])\d*\s*)?(,|$)/i.test(acceptEncoding ?? "");
}
