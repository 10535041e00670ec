/**
 * Signatures are verified for whoever asks, and most that ask in bad faith send what is large. So it never takes more
 * than its share: a small body is verified at once while this turn of the event loop has time for it, or in one of the
 * next; a large one on another thread, one at a time, the smallest first. Nobody is refused because others failed.
 */
import { type KeyObject, verify } from "node:crypto";
import { unavailable } from "../errors.ts";
import { yieldToEventLoop } from "../platform/eventloop.ts";
import { isSigned, type SignatureHeaders, signedBytes } from "./signature.ts";

/** Telnyx's webhooks have a few kilobytes; this takes 0.5 ms. */
const SMALL_BYTES = 64 * 1024;
/** What verifying may take of one turn. */
const SLICE_MS = 8;
/** Of the large bodies that may wait together, a fifth of a second's work; of more the largest is given up. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly headers: SignatureHeaders;
  readonly body: Uint8Array;
  readonly resolve: (isGenuine: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class Verifier {
  readonly #keys: readonly KeyObject[];
  /** When the share of the present turn is used up; null before the first of a turn. */
  #turnEnds: number | null = null;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(keys: readonly KeyObject[]) {
    this.#keys = keys;
  }

  get hasKeys(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Whether one of the keys signed it: its own, or for a small body these. Throws the fault `unavailable` when too many
   * large ones wait.
   */
  async verify(headers: SignatureHeaders, body: Uint8Array, keys = this.#keys): Promise<boolean> {
    if (body.length > SMALL_BYTES) return this.#verifyAside(headers, body);
    while (!this.#hasTime()) await yieldToEventLoop();
    return isSigned(keys, headers, body);
  }

  #hasTime(): boolean {
    if (this.#turnEnds === null) {
      this.#turnEnds = performance.now() + SLICE_MS;
      setImmediate(() => {
        this.#turnEnds = null;
      });
    }
    return performance.now() < this.#turnEnds;
  }

  #verifyAside(headers: SignatureHeaders, body: Uint8Array): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.push({ headers, body, resolve, reject });
    this.#waiting.sort((a, b) => a.body.length - b.body.length);
    const bytes = this.#waiting.reduce((sum, waiting) => sum + waiting.body.length, 0);
    if (bytes > MAX_WAITING_BYTES)
      this.#waiting.pop()?.reject(unavailable(null, "Too many large requests wait to be verified.", 1));
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { headers, body, resolve, reject } = next;
      await this.#isSignedAside(headers, body).then(resolve, reject);
    }
    this.#isRunning = false;
  }

  async #isSignedAside(headers: SignatureHeaders, body: Uint8Array): Promise<boolean> {
    const signed = signedBytes(headers, body);
    const signature = Buffer.from(headers.signature, "base64");
    for (const key of this.#keys) if (await verifyAside(signed, key, signature)) return true;
    return false;
  }
}

/** On a thread of the runtime's pool. */
function verifyAside(signed: Uint8Array, key: KeyObject, signature: Uint8Array): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  verify(null, signed, key, signature, (error, isGenuine) => (error ? reject(error) : resolve(isGenuine)));
  return promise;
}
