/** One timer for all streams: heartbeats, and the moments at which streams end. */
import type { Subscriber } from "./subscriber.ts";

/** The finest step of time, and the coarsest, in ms. */
const FINEST_MS = 5;
const COARSEST_MS = 250;

export interface StreamTimersOptions {
  readonly heartbeatMs: number;
  /** Milliseconds of a clock that is never set back. */
  readonly now: () => number;
  readonly random: () => number;
}

export class StreamTimers {
  readonly #heartbeatMs: number;
  readonly stepMs: number;
  readonly #now: () => number;
  readonly #random: () => number;
  /** Who is due in which step of time. */
  readonly #slots = new Map<number, Set<Subscriber>>();
  /** Looked through up to here: nothing may be placed at or before it, or it would never be looked at. */
  #lastSlot: number;
  /** The one interval of the runtime behind them all; it runs from {@link start} to {@link stop}. */
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor({ heartbeatMs, now, random }: StreamTimersOptions) {
    this.#heartbeatMs = heartbeatMs;
    this.stepMs = Math.min(COARSEST_MS, Math.max(FINEST_MS, heartbeatMs / 40));
    this.#now = now;
    this.#random = random;
    this.#lastSlot = this.#slotAt(now());
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#turn(), this.stepMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The first heartbeat comes up to a tenth early, so that streams opened together do not beat together. */
  add(subscriber: Subscriber): void {
    const early = this.#heartbeatMs * 0.1 * this.#random();
    subscriber.nextHeartbeatAt = this.#now() + this.#heartbeatMs - early - this.stepMs;
    this.#place(subscriber);
  }

  /** All that were added and not removed, in no order. */
  *all(): Iterable<Subscriber> {
    for (const slot of this.#slots.values()) yield* slot;
  }

  remove(subscriber: Subscriber): void {
    const slot = this.#slots.get(subscriber.dueSlot);
    if (slot?.delete(subscriber) && slot.size === 0) this.#slots.delete(subscriber.dueSlot);
  }

  /** After its key's expiry has changed. */
  replace(subscriber: Subscriber): void {
    this.remove(subscriber);
    this.#place(subscriber);
  }

  #turn(): void {
    const nowSlot = this.#slotAt(this.#now());
    // After a long sleep of the machine the slots that are taken are fewer than those that went by.
    const passed = nowSlot - this.#lastSlot;
    const slots =
      passed > this.#slots.size
        ? [...this.#slots.keys()].filter((slot) => slot <= nowSlot).sort((a, b) => a - b)
        : Array.from({ length: Math.max(0, passed) }, (_, i) => this.#lastSlot + 1 + i);
    for (const at of slots) {
      const due = this.#slots.get(at);
      this.#slots.delete(at);
      for (const subscriber of due ?? []) this.#serve(subscriber);
    }
    this.#lastSlot = nowSlot;
  }

  #serve(subscriber: Subscriber): void {
    const now = this.#now();
    if (subscriber.expiresAt <= now) return subscriber.close("expired");
    if (subscriber.endsAt <= now) return subscriber.close("max_duration");
    if (subscriber.nextHeartbeatAt <= now) {
      subscriber.nextHeartbeatAt += this.#heartbeatMs;
      if (subscriber.nextHeartbeatAt <= now) subscriber.nextHeartbeatAt = now + this.#heartbeatMs;
      subscriber.heartbeat();
    }
    if (!subscriber.hasEnded) this.#place(subscriber);
  }

  #place(subscriber: Subscriber): void {
    const { nextHeartbeatAt, endsAt, expiresAt } = subscriber;
    const due = Math.min(nextHeartbeatAt, endsAt, expiresAt);
    subscriber.dueSlot = Math.max(this.#slotAt(due) + 1, this.#lastSlot + 1);
    const slot = this.#slots.get(subscriber.dueSlot);
    if (slot) slot.add(subscriber);
    else this.#slots.set(subscriber.dueSlot, new Set([subscriber]));
  }

  #slotAt(time: number): number {
    return Math.floor(time / this.stepMs);
  }
}
