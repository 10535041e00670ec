/**
 * Bounds what strangers together may keep in memory: the bodies that are on their way, and those that are not yet known
 * to be genuine. When that is full, a newcomer is let in, and the bodies that have kept the most for the longest time are
 * given up. A genuine request has a few kilobytes that arrive at once, so whoever fills the bound loses his own.
 */
import { type ApiError, unavailable } from "../errors.ts";
import { limitHits } from "../platform/limithits.ts";

/** For all bodies together: thousands of webhooks, or 32 of the largest. */
export const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** How much is kept when some are given up, so that the next body does not have to make room again. */
const RELIEVED_BYTES = MAX_PENDING_BYTES * 0.75;

export class PendingBody {
  bytes = 0;
  readonly since: number;
  /** Ends the work for this body. Called once, when it is given up. */
  readonly giveUp: (fault: ApiError) => void;

  constructor(since: number, giveUp: (fault: ApiError) => void) {
    this.since = since;
    this.giveUp = giveUp;
  }
}

export class Intake {
  readonly #now: () => number;
  readonly #pending = new Set<PendingBody>();
  #bytes = 0;

  /** `now` in milliseconds of a clock that is never set. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The bytes of all pending bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a body until {@link leave}, or until `giveUp` is called, once, because it must make room. */
  enter(giveUp: (fault: ApiError) => void): PendingBody {
    const body = new PendingBody(this.#now(), giveUp);
    this.#pending.add(body);
    return body;
  }

  grow(body: PendingBody, bytes: number): void {
    if (!this.#pending.has(body)) return;
    body.bytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes > MAX_PENDING_BYTES) this.#relieve();
  }

  leave(body: PendingBody): void {
    if (this.#pending.delete(body)) this.#bytes -= body.bytes;
  }

  /** Sorts all pending bodies: once for each quarter of the bound that has come in. */
  #relieve(): void {
    const now = this.#now();
    const weight = ({ bytes, since }: PendingBody) => bytes * (now - since);
    const heaviest = [...this.#pending].sort((a, b) => weight(b) - weight(a));
    for (const body of heaviest) {
      if (this.#bytes <= RELIEVED_BYTES) return;
      this.leave(body);
      limitHits.add("bodies");
      body.giveUp(unavailable(null, "Too many requests are on their way.", 1));
    }
  }
}
