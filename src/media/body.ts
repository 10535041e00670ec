/**
 * An answer's body, unpacked here and counted while it is read: a few hundred kilobytes may unpack to gigabytes, and
 * what a server says of its size is no promise.
 */
import { pipeline, Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Refusal } from "./refusal.ts";

const UNPACKERS = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/**
 * Its bytes, part by part, at most `maxBytes` of them both packed and unpacked. `onBytes` is called whenever some came.
 * Throws {@link Refusal}, and what the network throws.
 */
export async function* bodyOf(
  response: Response,
  host: string,
  maxBytes: number,
  onBytes: () => void,
): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new Refusal("too_large", `it has more than ${maxBytes} bytes`, { host });
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  let [came, given] = [0, 0];
  const { body } = response;
  if (!body) return;
  async function* raw(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of stream) {
      onBytes();
      came += part.length;
      if (came > maxBytes) throw tooLarge();
      yield part;
    }
  }
  for await (const part of unpacked(raw(body), codingOf(response, host), host)) {
    given += part.length;
    if (given > maxBytes) throw tooLarge();
    yield part;
  }
}

function codingOf({ headers }: Response, host: string): keyof typeof UNPACKERS | null {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() || "identity";
  if (coding === "identity") return null;
  if (Object.hasOwn(UNPACKERS, coding)) return coding as keyof typeof UNPACKERS;
  throw new Refusal("failed", "it is packed in a way that nobody asked for", { host });
}

async function* unpacked(
  raw: AsyncGenerator<Uint8Array>,
  coding: keyof typeof UNPACKERS | null,
  host: string,
): AsyncGenerator<Uint8Array> {
  if (coding === null) return yield* raw;
  const unpacker = UNPACKERS[coding]();
  // What ends the one ends the other, so that nothing is read on for nobody.
  pipeline(Readable.from(raw), unpacker, () => undefined);
  try {
    yield* unpacker as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_"))
      throw new Refusal("failed", "it cannot be unpacked", { host, cause, isPassing: true });
    throw cause;
  }
}
