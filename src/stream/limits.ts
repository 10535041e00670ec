/** How many streams may be open, and how fast one key may open them. */
import { Fault } from "../errors.ts";

/** One key may open as many streams a second as it may hold, and five times that at once: a fleet's restart. */
const BURST_FACTOR = 5;
/** Keys whose rate is kept in mind; the one that opened nothing for the longest time is forgotten first. */
const MOST_KEYS = 10_000;

export interface StreamLimits {
  readonly maxStreams: number;
  readonly maxStreamsPerKey: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class OpeningRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #buckets = new Map<number, Bucket>();

  constructor({ maxStreamsPerKey }: StreamLimits, now: () => number) {
    this.#perSecond = maxStreamsPerKey;
    this.#burst = maxStreamsPerKey * BURST_FACTOR;
    this.#now = now;
  }

  /** Counts one stream; false when this key opens them too fast. */
  take(keyId: number): boolean {
    const now = this.#now();
    const bucket = this.#buckets.get(keyId) ?? { tokens: this.#burst, filledAt: now };
    const earned = (Math.max(0, now - bucket.filledAt) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + earned);
    bucket.filledAt = now;
    this.#buckets.delete(keyId);
    this.#buckets.set(keyId, bucket);
    const oldest = this.#buckets.size > MOST_KEYS ? this.#buckets.keys().next().value : undefined;
    if (oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

/** The fault `rate_limited`. The server being full is not the key's fault, but as much a reason to wait. */
export function tooMany(what: string, retryAfterSeconds: number): Fault {
  return new Fault("rate_limited", what, { retryAfterSeconds });
}
