/**
 * The bodies that are on their way, and those that are not yet known to be anybody's: what strangers together may keep
 * in memory. When that is full the newcomer is let in, and those are given up that kept the most for the longest time:
 * a genuine request has a few kilobytes that arrive at once, so whoever fills it gives himself up.
 */
import { type ApiError, unavailable } from "../errors.ts";
import { limitHits } from "../platform/limithits.ts";

/** Of all bodies together: thousands of webhooks, or 32 of the largest. */
export const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** How much is left after some were given up, so that the next do not have to be sorted out at once. */
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

  /** Of all that are pending. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `giveUp` is called, once, if it has to make room. Until then or until {@link leave} it counts. */
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

  /** Sorts all that are pending: once for each quarter of the bound that has come in. */
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
