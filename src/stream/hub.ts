/**
 * Fan-out: what the change feed announces goes to every live subscriber that may see it. Subscribers with the same
 * filter are one audience and are handed the same bytes; a message costs nothing to the streams that do not see it.
 */

import { asItIs, type Show } from "../message.ts";
import type { Batch, Reached } from "../messages/changefeed.ts";
import { journeyOf, traceAll } from "../messages/journey.ts";
import { type Filter, matches } from "../messages/visibility.ts";
import { Histogram } from "../platform/histogram.ts";
import { EncodedMessage, ReplayBuffer } from "./buffer.ts";
import { AccountGroups, accountsKey } from "./groups.ts";
import { joinFrames } from "./sse.ts";
import type { Broadcaster, Listener } from "./subscription.ts";

/**
 * Handed to sockets in one turn of the event loop: some 10 ms. Texts are short, and this is hardly ever met; of larger
 * ones, the subscribers beyond it page from memory, in turns.
 */
const BYTES_PER_TURN = 64 * 1024 * 1024;

class Audience {
  readonly key: string;
  readonly filter: Filter;
  /** Those that take chunks from the hub; the others page through the store by themselves. */
  readonly live = new Set<Listener>();

  constructor(key: string, filter: Filter) {
    this.key = key;
    this.filter = filter;
  }
}

export class Hub implements Broadcaster {
  /** Changes only in {@link restart}, when no subscriber holds a cursor of the one before. */
  #epoch: string;
  /** From a webhook's headers to the last of the streams that take its message at once, where this process saw both. */
  readonly webhookSeconds = new Histogram();
  readonly replayBuffer: ReplayBuffer;
  readonly #audiences = new Map<string, Audience>();
  /** A message costs nothing to the audiences that do not see its account. */
  readonly #groups = new AccountGroups<Audience>();
  readonly #bytesPerTurn: number;
  /** The cursor of all live subscribers at once: none of them has one of its own to be moved. */
  #position: number;

  /** What is sent of a message. */
  readonly show: Show;

  constructor(epoch: string, position: number, bytesPerTurn = BYTES_PER_TURN, show: Show = asItIs) {
    this.show = show;
    this.#bytesPerTurn = bytesPerTurn;
    this.#epoch = epoch;
    this.#position = position;
    this.replayBuffer = new ReplayBuffer(position);
  }

  /** Of every cursor that is given out. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Once no subscriber is left: what is announced from now on comes after this position of another epoch. */
  restart({ epoch, position }: Reached): void {
    this.#epoch = epoch;
    this.#position = position;
    this.forget();
  }

  /** Every live subscriber has been handed what it may see up to here. */
  get position(): number {
    return this.#position;
  }

  /** From now on the subscriber is handed what is announced; it has had everything up to {@link position}. */
  join(subscriber: Listener): void {
    const key = filterKey(subscriber.filter);
    let audience = this.#audiences.get(key);
    if (!audience) {
      audience = new Audience(key, subscriber.filter);
      this.#audiences.set(key, audience);
      this.#groups.add(audience.filter.accounts, audience);
    }
    audience.live.add(subscriber);
  }

  leave(subscriber: Listener): void {
    const audience = this.#audiences.get(filterKey(subscriber.filter));
    if (!audience?.live.delete(subscriber) || audience.live.size > 0) return;
    this.#audiences.delete(audience.key);
    this.#groups.delete(audience.filter.accounts, audience);
  }

  /** What was deleted must not come from memory: replays go to the store for what lies before this moment. */
  forget(): void {
    this.replayBuffer.clear(this.#position);
  }

  /** Each message is encoded once, and each audience gets one chunk, in the order of seq. */
  announce({ messages, through }: Batch): void {
    const begunAt = performance.now();
    const chunks = new Map<Audience, Uint8Array[]>();
    for (const stored of messages) {
      if (stored.account_id === null) continue;
      const announced = new EncodedMessage(this.#epoch, stored, this.show);
      announced.announcedAt = Math.round(performance.timeOrigin + begunAt);
      this.replayBuffer.add(announced);
      for (const audience of this.#groups.of(stored.account_id)) {
        if (!matches(audience.filter, stored)) continue;
        announced.streams += audience.live.size;
        const frames = chunks.get(audience);
        if (frames) frames.push(announced.frame);
        else chunks.set(audience, [announced.frame]);
      }
    }
    // Before anything is delivered: a subscriber whose socket is full by its chunk goes on from this position.
    const before = this.#position;
    this.#position = through;
    let delivered = 0;
    for (const [audience, frames] of chunks) {
      const chunk = delivered < this.#bytesPerTurn ? joinFrames(frames) : null;
      for (const subscriber of audience.live) {
        if (chunk && delivered < this.#bytesPerTurn) subscriber.deliver(chunk);
        else subscriber.fallBehind(before);
        delivered += chunk?.byteLength ?? 0;
      }
    }
    this.#measure(messages, begunAt);
  }

  #measure(messages: Batch["messages"], begunAt: number): void {
    traceAll(messages, "announce", begunAt);
    const now = performance.now();
    for (const { account_id, message } of messages) {
      const journey = account_id === null ? undefined : journeyOf(message);
      if (journey) this.webhookSeconds.observe((now - journey.arrivedAt) / 1000);
    }
  }
}

/**
 * Numbers hold no comma and no bar, so different filters have different keys. Since when an account is visible is not
 * part of it: to what is announced from now on that makes no difference.
 */
function filterKey(filter: Filter): string {
  let key = keys.get(filter);
  if (key === undefined) {
    const { accounts, to } = filter;
    key = to === null ? accountsKey(accounts) : `${accountsKey(accounts)}|${to.join()}`;
    keys.set(filter, key);
  }
  return key;
}

/** Of five thousand accounts a key takes half a millisecond, and a slow subscriber leaves and joins again and again. */
const keys = new WeakMap<Filter, string>();
