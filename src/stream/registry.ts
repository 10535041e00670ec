/** The streams that are open in this process: how many there may be, and when they must end. */
import type { Read } from "../database/result.ts";
import type { Fault } from "../errors.ts";
import type { Access } from "../keys/access.ts";
import type { Hub } from "./hub.ts";
import { Places } from "./limiter.ts";
import type { StreamLimits } from "./limits.ts";
import { STRATEGY } from "./outlet.ts";
import { Replays } from "./replay.ts";
import { Turns } from "./scheduler.ts";
import type { Sessions } from "./sessions.ts";
import { Subscriber } from "./subscriber.ts";
import type { StreamSurroundings, SubscriberOptions } from "./subscription.ts";
import { Wheel } from "./timers.ts";

export interface StreamsOptions {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly read: Read;
  readonly limits: StreamLimits;
  readonly heartbeatMs: number;
  readonly maxStreamMs: number;
  readonly now: () => number;
  /** Milliseconds of a clock that is never set: what lasts is measured by it. */
  readonly steady: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A stream ends at a random point in the last tenth of its time, so that clients do not come back in step. */
const JITTER = 0.1;

export class Streams {
  /** What opens and replays streams does it here. */
  readonly turns = new Turns();
  readonly #options: StreamsOptions;
  readonly #surroundings: StreamSurroundings<Subscriber>;
  readonly #wheel: Wheel;
  readonly #places: Places;
  #open = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const { hub, read, now, random, limits } = options;
    const replays = new Replays(read, hub, this.turns);
    this.#wheel = new Wheel({ ...options, now: options.steady });
    this.#places = new Places(limits, options.steady);
    this.#surroundings = {
      hub,
      now,
      random,
      wantPage: replays.want,
      onEnd: (subscriber) => this.#forget(subscriber),
      onAccess: (subscriber, { expiresAt }) => this.#reschedule(subscriber, expiresAt),
    };
    this.#wheel.start();
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Takes a place for a stream that is about to open, or says why there is none. Whoever took one gives it back with
   * {@link release}, unless a stream was opened in it: that one keeps it until it ends.
   */
  reserve(keyId: number, ticketId: number | null = null): Fault | null {
    return this.#places.enter(keyId, ticketId);
  }

  release(keyId: number, ticketId: number | null = null): void {
    this.#places.leave(keyId, ticketId);
  }

  /** In a place that was reserved for it, and in the turn in which the access was handed over. */
  body(
    access: Access,
    options: Pick<SubscriberOptions, "sight" | "after" | "announcesCaughtUp" | "first">,
  ): ReadableStream<Uint8Array> {
    const { steady, random, maxStreamMs } = this.#options;
    const subscriber = new Subscriber(this.#surroundings, {
      ...options,
      keyId: access.keyId,
      judgedAt: access.version,
      keyExpiresAt: this.#steadyTime(access.expiresAt),
      ticket: access.ticket && { id: access.ticket.id, expiresAt: this.#steadyTime(access.ticket.expiresAt) },
      endsAt: steady() + maxStreamMs * (1 - JITTER * random()) - this.#wheel.stepMs * 2,
    });
    this.#options.sessions.add(subscriber);
    this.#open++;
    this.#wheel.add(subscriber);
    return new ReadableStream(subscriber, STRATEGY);
  }

  /** Once all have ended: no timer is left. */
  stop(): void {
    this.#wheel.stop();
  }

  #reschedule(subscriber: Subscriber, expiresAt: number | null): void {
    if (subscriber.keyExpiresAt === null && expiresAt === null) return;
    subscriber.keyExpiresAt = this.#steadyTime(expiresAt);
    this.#wheel.replace(subscriber);
  }

  /**
   * A time of the wall clock by the clock of the timers. A wall clock that is set while a stream is open moves its end
   * by no more than the stream would last anyway; the next request is judged by the clock as it then stands.
   */
  #steadyTime<T extends number | null>(time: T): T | number {
    const { now, steady } = this.#options;
    return time === null ? time : time - now() + steady();
  }

  #forget(subscriber: Subscriber): void {
    this.#open--;
    this.#places.leave(subscriber.keyId, subscriber.ticket?.id ?? null);
    this.#wheel.remove(subscriber);
    this.#options.sessions.delete(subscriber);
  }
}
