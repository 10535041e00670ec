/** The streams that are open in this process: how many there may be, whose they are, and when they must end. */
import type { Read } from "../database/connection.ts";
import type { Fault } from "../errors.ts";
import type { Access, Guard } from "../keys/authenticator.ts";
import type { Sight } from "../messages/page.ts";
import { nextTurn } from "../platform/eventloop.ts";
import type { Hub } from "./hub.ts";
import { Places } from "./limiter.ts";
import type { StreamLimits } from "./limits.ts";
import { Replays } from "./replay.ts";
import { Turns } from "./scheduler.ts";
import type { ClosingReason } from "./sse.ts";
import { HIGH_WATER_BYTES, Subscriber } from "./subscriber.ts";
import type { StreamSurroundings, SubscriberOptions } from "./subscription.ts";
import { Wheel } from "./timers.ts";

export interface StreamsOptions {
  readonly hub: Hub;
  readonly guard: Guard;
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
/** Keys judged again between two turns of the event loop. */
const KEYS_PER_TURN = 200;

const STRATEGY = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES });

export class Streams {
  /** What opens and replays streams does it here. */
  readonly turns = new Turns();
  readonly #options: StreamsOptions;
  readonly #surroundings: StreamSurroundings;
  readonly #wheel: Wheel;
  readonly #places: Places;
  readonly #byKey = new Map<number, Set<Subscriber>>();
  #open = 0;
  /** The version of the directory that every open stream agrees with. */
  #judged: number;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const { hub, read, now, random, limits } = options;
    const replays = new Replays(read, hub, this.turns);
    this.#wheel = new Wheel({ ...options, now: options.steady });
    this.#places = new Places(limits, options.steady);
    this.#judged = options.guard.version;
    this.#surroundings = {
      hub,
      now,
      random,
      wantPage: replays.want,
      onEnd: (subscriber) => this.#forget(subscriber),
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

  /** The body of a stream, in a place that was reserved for it. */
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
    const ofKey = this.#byKey.get(access.keyId);
    if (ofKey) ofKey.add(subscriber);
    else this.#byKey.set(access.keyId, new Set([subscriber]));
    this.#open++;
    this.#wheel.add(subscriber);
    return new ReadableStream(subscriber, STRATEGY);
  }

  /** After a change of the directory: ends the streams of revoked keys, and shows the others what they may see. */
  async judge(version: number): Promise<void> {
    if (version === this.#judged) return;
    const keyIds = [...this.#byKey.keys()];
    for (let at = 0; at < keyIds.length; at += KEYS_PER_TURN) {
      const page = keyIds.slice(at, at + KEYS_PER_TURN);
      const accesses = await this.#options.guard.current(page);
      for (const keyId of page) this.#judgeKey(keyId, accesses.get(keyId));
      await nextTurn();
    }
    this.#judged = version;
  }

  closeAll(reason: ClosingReason): void {
    for (const ofKey of [...this.#byKey.values()])
      for (const subscriber of [...ofKey]) subscriber.close(reason);
  }

  /** After {@link closeAll}: no timer is left. */
  stop(): void {
    this.#wheel.stop();
  }

  #judgeKey(keyId: number, access: Access | undefined): void {
    for (const subscriber of [...(this.#byKey.get(keyId) ?? [])]) {
      if (!access?.scopes.includes("sms:read")) {
        subscriber.close("revoked");
        continue;
      }
      if (access.version < subscriber.judgedAt) continue;
      subscriber.judgedAt = access.version;
      const sight: Sight = { accounts: access.sees, to: subscriber.sight.to };
      if (sight.accounts.join() !== subscriber.sight.accounts.join()) subscriber.see(sight);
      if (subscriber.keyExpiresAt === null && access.expiresAt === null) continue;
      subscriber.keyExpiresAt = this.#steadyTime(access.expiresAt);
      this.#wheel.replace(subscriber);
    }
  }

  /** A time of the wall clock by the clock of the wheel. */
  #steadyTime<T extends number | null>(time: T): T | number {
    const { now, steady } = this.#options;
    return time === null ? time : time - now() + steady();
  }

  #forget(subscriber: Subscriber): void {
    this.#open--;
    this.#places.leave(subscriber.keyId, subscriber.ticket?.id ?? null);
    this.#wheel.remove(subscriber);
    const ofKey = this.#byKey.get(subscriber.keyId);
    if (ofKey?.delete(subscriber) && ofKey.size === 0) this.#byKey.delete(subscriber.keyId);
  }
}
