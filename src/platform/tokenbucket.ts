/** How often each of many may do something: a burst, and then so many a second. */

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** How many at once, after a rest. */
  readonly burst: number;
  /** Milliseconds of a clock; one that is set back neither gives nor takes. */
  readonly now: () => number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Whose rate is kept in mind; the one that did nothing for the longest time is forgotten first. */
const MAX_BUCKETS = 10_000;

export class TokenBucket<Who> {
  readonly #options: TokenBucketOptions;
  readonly #buckets = new Map<Who, Bucket>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  /** Counts one; false, and nothing is counted, when that is too fast. */
  take(who: Who): boolean {
    const bucket = this.#filled(who);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /**
   * Counts one that has happened already. Those that were under way at once may overdraw; the debt, of one burst at
   * most, is paid off before the next.
   */
  note(who: Who): void {
    const bucket = this.#filled(who);
    bucket.tokens = Math.max(-this.#options.burst, bucket.tokens - 1);
  }

  /** Milliseconds until the next; 0 for now. Counts nothing. */
  waitMs(who: Who): number {
    if (!this.#buckets.has(who)) return 0;
    const missing = 1 - this.#filled(who).tokens;
    return Math.max(0, (missing / this.#options.perSecond) * 1000);
  }

  #filled(who: Who): Bucket {
    const { perSecond, burst, now } = this.#options;
    const at = now();
    const bucket = this.#buckets.get(who) ?? { tokens: burst, filledAt: at };
    const earned = (Math.max(0, at - bucket.filledAt) / 1000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + earned);
    bucket.filledAt = at;
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    const oldest = this.#buckets.size > MAX_BUCKETS ? this.#buckets.keys().next().value : undefined;
    if (oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
