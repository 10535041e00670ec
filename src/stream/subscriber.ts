/**
 * A subscriber is a cursor and a socket. It is *live* and takes chunks from the hub, or it is *behind* and pages
 * from the store as its socket drains. It starts behind; where its cursor reaches the hub's position it becomes
 * live in the same turn of the event loop, so nothing fits between. A live one whose socket is full becomes behind
 * again instead of being buffered for. This one mechanism is replay, hand-over and back-pressure.
 */
import type { Sight } from "../messages/page.ts";
import { formatCursor } from "../values/cursor.ts";
import { type ClosingReason, caughtUpFrame, closingFrame, HEARTBEAT, retryAfterClosing } from "./sse.ts";
import type { StreamSurroundings, StreamTicket, SubscriberOptions } from "./subscription.ts";

/** More than this and each idle stream costs 4 KB; the kernel takes no more for it (measured). */
export const HIGH_WATER_BYTES = 256;
/** What may wait for one socket beyond the high-water mark, give or take one chunk. */
const BACKLOG_BYTES = 65_536;
/** A socket that took nothing for so many heartbeats is cut. Its client resumes. */
const MOST_HEARTBEATS_MISSED = 3;

/** The stream's underlying source: `start`, `pull` and `cancel` are the runtime's to call. */
export class Subscriber implements Bun.UnderlyingSource<Uint8Array> {
  readonly keyId: number;
  /** Of the directory, when its sight was last judged. */
  judgedAt: number;
  readonly endsAt: number;
  keyExpiresAt: number | null;
  readonly ticket: StreamTicket | null;
  /** When the wheel is to look at it next: its place there. */
  dueSlot = 0;
  nextHeartbeatAt = 0;
  /** Whether a page for it is on its way. */
  awaitsPage = false;
  readonly #surroundings: StreamSurroundings;
  #sight: Sight;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #first: Uint8Array | null;
  #cursor: number;
  #live = false;
  #ended = false;
  #announcesCaughtUp: boolean;
  #heartbeatsMissed = 0;
  #answerPull: (() => void) | null = null;

  constructor(surroundings: StreamSurroundings, options: SubscriberOptions) {
    this.#surroundings = surroundings;
    this.keyId = options.keyId;
    this.judgedAt = options.judgedAt;
    this.#sight = options.sight;
    this.#cursor = options.after;
    this.#announcesCaughtUp = options.announcesCaughtUp;
    this.#first = options.first;
    this.endsAt = options.endsAt;
    this.keyExpiresAt = options.keyExpiresAt;
    this.ticket = options.ticket ?? null;
  }

  get sight(): Sight {
    return this.#sight;
  }

  /** Where the next page starts. Of a live subscriber the hub keeps count. */
  get cursor(): number {
    return this.#cursor;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** When its key or its ticket ends, by the wheel's clock. */
  get expiresAt(): number {
    return Math.min(
      this.keyExpiresAt ?? Number.POSITIVE_INFINITY,
      this.ticket?.expiresAt ?? Number.POSITIVE_INFINITY,
    );
  }

  get isBehind(): boolean {
    return !this.#live && !this.#ended;
  }

  get hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#first) controller.enqueue(this.#first);
    this.#first = null;
    this.#goLiveWhenThere();
  }

  /**
   * Called whenever the socket has room. A live subscriber has no use for that, and leaves the call unanswered until it
   * is behind: then the runtime does not call with each chunk, a tenth of what a chunk costs in this process.
   */
  pull(): Promise<void> | undefined {
    if (this.isBehind) this.#surroundings.wantPage(this);
    if (!this.#live) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answerPull = resolve;
    return promise;
  }

  cancel(): void {
    this.#end();
  }

  /** A chunk from the hub, which ends at the hub's position. */
  deliver(chunk: Uint8Array): void {
    if (!this.#enqueue(chunk) || !this.#isFull()) return;
    this.#surroundings.hub.leave(this);
    this.#live = false;
    this.#cursor = this.#surroundings.hub.position;
    this.#answerPull?.();
    this.#answerPull = null;
  }

  /** A page: everything in sight up to `through` is in the chunk, or there was nothing. */
  take(chunk: Uint8Array | null, through: number): void {
    if (!this.isBehind || (chunk && !this.#enqueue(chunk))) return;
    this.#cursor = Math.max(this.#cursor, through);
    this.#goLiveWhenThere();
  }

  /** What it may see has changed. Nothing before this moment is sent again or left out. */
  see(sight: Sight): void {
    const isNarrower = this.#sight.accounts.some((account) => !sight.accounts.includes(account));
    // What waits for a full socket would still be sent to someone who may no longer see it.
    if (isNarrower && this.#isFull()) return this.#cut();
    if (this.#live) this.#surroundings.hub.leave(this);
    this.#sight = sight;
    if (this.#live) this.#surroundings.hub.join(this);
  }

  heartbeat(): void {
    if (!this.#isFull()) {
      this.#heartbeatsMissed = 0;
      this.#enqueue(HEARTBEAT);
    } else if (++this.#heartbeatsMissed >= MOST_HEARTBEATS_MISSED) {
      this.#cut();
    }
  }

  /** Says why, and ends the stream. */
  close(reason: ClosingReason): void {
    if (this.#ended) return;
    // What waits for a full socket would still be sent to a key that may no longer see it.
    if ((reason === "revoked" || reason === "expired") && this.#isFull()) return this.#cut();
    const controller = this.#controller;
    this.#end(); // first, so that nothing can be put behind the last frame
    try {
      controller?.enqueue(closingFrame(reason, retryAfterClosing(reason, this.#surroundings.random)));
      controller?.close();
    } catch {
      // Its client has gone already.
    }
  }

  #goLiveWhenThere(): void {
    const { hub, now } = this.#surroundings;
    if (this.#ended || this.#cursor !== hub.position) return;
    if (this.#announcesCaughtUp) {
      this.#announcesCaughtUp = false;
      if (!this.#enqueue(caughtUpFrame(formatCursor(hub.epoch, hub.position), now()))) return;
    }
    this.#live = true;
    hub.join(this);
  }

  #enqueue(chunk: Uint8Array): boolean {
    try {
      this.#controller?.enqueue(chunk);
      return this.#controller !== null;
    } catch {
      this.#end(); // errored or cancelled under us
      return false;
    }
  }

  #isFull(): boolean {
    return (this.#controller?.desiredSize ?? 0) < HIGH_WATER_BYTES - BACKLOG_BYTES;
  }

  #cut(): void {
    const controller = this.#controller;
    this.#end();
    controller?.error(new Error("the stream was cut"));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#live) this.#surroundings.hub.leave(this);
    this.#live = false;
    this.#controller = null;
    this.#surroundings.onEnd(this);
  }
}
