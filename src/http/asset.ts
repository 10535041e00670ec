/**
 * Bytes that are made once and served many times: compressed, and not sent again to clients that have them. However many
 * answers are on their way, the bytes are in memory once.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";
import { pulledBody } from "./pulled.ts";

/** Browsers send some thirty characters. A longer header is not searched. */
const MAX_ACCEPT_LENGTH = 256;

export class Asset {
  /** The hash of the content. */
  readonly hash: string;
  readonly #plain: Uint8Array;
  readonly #gzipped: Uint8Array;
  readonly #headers: Readonly<Record<string, string>> & { readonly etag: string };

  private constructor(plain: Uint8Array, gzipped: Uint8Array, headers: Readonly<Record<string, string>>) {
    this.#plain = plain;
    this.#gzipped = gzipped;
    this.hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
    // Weak, for the plain and the compressed form alike (RFC 9110, section 8.8.1).
    this.#headers = { ...headers, vary: "accept-encoding", etag: `W/"${this.hash}"` };
  }

  /** Compresses the bytes off the event loop. */
  static async of(content: string | Uint8Array, headers: Readonly<Record<string, string>>): Promise<Asset> {
    const bytes = Buffer.from(content as Uint8Array);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      return new Asset(await promisify(gunzip)(bytes), bytes, headers);
    const gzipped = await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION });
    return new Asset(bytes, gzipped, headers);
  }

  answer({ headers }: Request): Response {
    // The hash is in no other tag, so it may be searched for, in a list or alone, weak or strong. Linear.
    if (headers.get("if-none-match")?.includes(this.hash))
      return new Response(null, { status: 304, headers: this.#headers });
    return takesGzip(headers.get("accept-encoding") ?? "")
      ? new Response(pulledBody(this.#gzipped), { headers: { ...this.#headers, "content-encoding": "gzip" } })
      : new Response(pulledBody(this.#plain), { headers: this.#headers });
  }
}

/** Whether gzip is named without a weight. With a weight, which no client sends, it is not compressed. Linear. */
function takesGzip(acceptEncoding: string): boolean {
  if (acceptEncoding.length > MAX_ACCEPT_LENGTH) return false;
  return acceptEncoding.split(",").some((coding) => coding.trim().toLowerCase() === "gzip");
}
