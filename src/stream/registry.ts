/** The streams that are open in this process: how many there may be, and when they must end. */
import type { Read } from "../database/result.ts";
import type { ApiError } from "../errors.ts";
import type { Principal } from "../keys/principal.ts";
import { Tally } from "../platform/tally.ts";
import type { Hub } from "./hub.ts";
import { StreamLimiter } from "./limiter.ts";
import type { StreamLimits } from "./limits.ts";
import { STRATEGY } from "./outlet.ts";
import { Replays } from "./replay.ts";
import { Scheduler } from "./scheduler.ts";
import type { Sessions } from "./sessions.ts";
import { CLOSING_REASONS, GAP_REASONS } from "./sse.ts";
import { Subscriber } from "./subscriber.ts";
import type { StreamEnd, SubscriberDeps, SubscriberOptions } from "./subscription.ts";
import { StreamTimers } from "./timers.ts";

export interface StreamsOptions {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly read: Read;
  readonly limits: StreamLimits;
  readonly heartbeatMs: number;
  readonly maxStreamMs: number;
  readonly now: () => number;
  /** Milliseconds of a clock that is never set: what lasts is measured by it. */
  readonly monotonic: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A stream ends at a random point in the last tenth of its time, so that clients do not come back in step. */
const JITTER = 0.1;

export class Streams {
  /** What opens and replays streams does it here. */
  readonly scheduler = new Scheduler();
  /** Plain numbers, for whoever watches. */
  readonly stats = {
    opened: new Tally(["fresh", "resumed"]),
    closed: new Tally<StreamEnd>([...CLOSING_REASONS, "left", "cut"]),
    gaps: new Tally(GAP_REASONS),
  };
  readonly #options: StreamsOptions;
  readonly #deps: SubscriberDeps<Subscriber>;
  readonly #replays: Replays;
  readonly #timers: StreamTimers;
  readonly #limiter: StreamLimiter;
  /** Streams that have a body; places that are only reserved are the limiter's to count. */
  #open = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const { hub, read, now, random, limits } = options;
    this.#replays = new Replays(read, hub, this.scheduler);
    this.#timers = new StreamTimers({ ...options, now: options.monotonic });
    this.#limiter = new StreamLimiter(limits, options.monotonic);
    this.#deps = {
      hub,
      now,
      random,
      wantPage: this.#replays.want,
      onEnd: (subscriber, why) => this.#forget(subscriber, why),
      onPrincipal: (subscriber, { expiresAt }) => this.#reschedule(subscriber, expiresAt),
    };
    this.#timers.start();
  }

  get open(): number {
    return this.#open;
  }

  /** Pages of replays, by where they came from. */
  get pages(): Replays["pages"] {
    return this.#replays.pages;
  }

  /** Those that are open, in no order. */
  all(): Iterable<Subscriber> {
    return this.#timers.all();
  }

  /**
   * Takes a place for a stream that is about to open, or says why there is none. Whoever took one gives it back with
   * {@link release}, unless a stream was opened in it: that one keeps it until it ends.
   */
  reserve(keyId: number, ticketId: number | null = null): ApiError | null {
    return this.#limiter.enter(keyId, ticketId);
  }

  release(keyId: number, ticketId: number | null = null): void {
    this.#limiter.leave(keyId, ticketId);
  }

  /** To be called in the turn in which the principal was handed over, once a place was reserved. */
  body(
    principal: Principal,
    options: Pick<SubscriberOptions, "filter" | "after" | "announcesCaughtUp" | "first" | "origin">,
  ): ReadableStream<Uint8Array> {
    const { monotonic, random, maxStreamMs } = this.#options;
    const subscriber = new Subscriber(this.#deps, {
      ...options,
      keyId: principal.keyId,
      accountId: principal.account.id,
      directoryVersion: principal.version,
      keyExpiresAt: this.#monotonicTime(principal.expiresAt),
      ticket: principal.ticket && {
        id: principal.ticket.id,
        expiresAt: this.#monotonicTime(principal.ticket.expiresAt),
      },
      endsAt: monotonic() + maxStreamMs * (1 - JITTER * random()) - this.#timers.stepMs * 2,
    });
    this.#options.sessions.add(subscriber);
    this.#open++;
    this.stats.opened.add(options.announcesCaughtUp ? "resumed" : "fresh");
    this.#timers.add(subscriber);
    return new ReadableStream(subscriber, STRATEGY);
  }

  /** Once all have ended: no timer is left. */
  stop(): void {
    this.#timers.stop();
  }

  #reschedule(subscriber: Subscriber, expiresAt: number | null): void {
    if (subscriber.keyExpiresAt === null && expiresAt === null) return;
    subscriber.keyExpiresAt = this.#monotonicTime(expiresAt);
    this.#timers.replace(subscriber);
  }

  /**
   * A time of the wall clock by the clock of the timers. A wall clock that is set while a stream is open moves its end
   * by no more than the stream would last anyway; the next request is judged by the clock as it then stands.
   */
  #monotonicTime<T extends number | null>(time: T): T | number {
    const { now, monotonic } = this.#options;
    return time === null ? time : time - now() + monotonic();
  }

  #forget(subscriber: Subscriber, why: StreamEnd): void {
    this.#open--;
    this.stats.closed.add(why);
    this.#limiter.leave(subscriber.keyId, subscriber.ticket?.id ?? null);
    this.#timers.remove(subscriber);
    this.#options.sessions.delete(subscriber);
  }
}
