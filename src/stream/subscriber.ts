/**
 * A subscriber is a cursor and a socket. It is *live* and takes chunks from the hub, or it is *behind* and pages as its
 * socket drains. It starts behind; where its cursor reaches the hub's position it becomes live in the same turn of the
 * event loop, so nothing fits between. A live one whose socket is full is behind again instead of being buffered for.
 */
import type { Principal } from "../keys/principal.ts";
import { type Filter, isNarrower, seeing } from "../messages/visibility.ts";
import { formatCursor } from "../values/cursor.ts";
import { Outlet } from "./outlet.ts";
import type { Session } from "./sessions.ts";
import { type ClosingReason, caughtUpFrame, closingFrame, HEARTBEAT, retryAfterClosing } from "./sse.ts";
import type { Origin, StreamEnd, StreamTicket, SubscriberDeps, SubscriberOptions } from "./subscription.ts";

/** A socket that took nothing for so many heartbeats is cut. Its client resumes. */
const MAX_HEARTBEATS_MISSED = 3;

/** The stream's underlying source: `start`, `pull` and `cancel` are the runtime's to call. */
export class Subscriber implements Bun.UnderlyingSource<Uint8Array>, Session {
  readonly keyId: number;
  readonly accountId: number;
  readonly endsAt: number;
  readonly ticket: StreamTicket | null;
  readonly origin: Origin | null;
  /** By the timers' clock. It changes where the key is rotated, and then the timers are told. */
  keyExpiresAt: number | null;
  /** The timers' own: its place there, and its next heartbeat, so that they need no table of all streams. */
  dueSlot = 0;
  nextHeartbeatAt = 0;
  /** The replays' own: whether a page is on its way. The runtime may pull again meanwhile, and must not get two. */
  awaitsPage = false;
  readonly #deps: SubscriberDeps<Subscriber>;
  readonly #outlet = new Outlet();
  /** It grows while changes of the directory are judged; a principal that is older must not undo a newer one. */
  directoryVersion: number;
  /** Replaced, never altered: a page that was read for an earlier one is told by it. */
  #filter: Filter;
  /** Kept until the runtime starts the body, and let go then. */
  #first: Uint8Array | null;
  /** Everything up to here was handed over, while it is behind. Of a live one the hub keeps count, for all at once. */
  #cursor: number;
  /** Whether the hub hands it chunks: the other half of what its cursor says. */
  #live = false;
  /** The runtime cancels, timers end and sockets fail, in any order: only the first of them counts. */
  #ended = false;
  #announcesCaughtUp: boolean; // once, however often a slow socket puts it behind again
  #heartbeatsMissed = 0;
  /** What the runtime waits for, while it is live. */
  #answerPull: (() => void) | null = null;

  constructor(deps: SubscriberDeps<Subscriber>, options: SubscriberOptions) {
    this.#deps = deps;
    this.keyId = options.keyId;
    this.accountId = options.accountId;
    this.directoryVersion = options.directoryVersion;
    this.#filter = options.filter;
    this.#cursor = options.after;
    this.#announcesCaughtUp = options.announcesCaughtUp;
    this.#first = options.first;
    this.endsAt = options.endsAt;
    this.keyExpiresAt = options.keyExpiresAt;
    this.ticket = options.ticket ?? null;
    this.origin = options.origin ?? null;
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** Where the next page starts. Of a live subscriber the hub keeps count. */
  get cursor(): number {
    return this.#cursor;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** When its key or its ticket ends, by the timers' clock. */
  get expiresAt(): number {
    const never = Number.POSITIVE_INFINITY;
    return Math.min(this.keyExpiresAt ?? never, this.ticket?.expiresAt ?? never);
  }

  get isBehind(): boolean {
    return !this.#live && !this.#ended;
  }

  get hasRoom(): boolean {
    return this.#outlet.hasRoom;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#outlet.open(controller);
    if (this.#first) controller.enqueue(this.#first);
    this.#first = null;
    this.#goLiveWhenThere();
  }

  /**
   * Called whenever the socket has room. A live subscriber has no use for that, and leaves the call unanswered until it
   * is behind: then the runtime does not call with each chunk, a tenth of what a chunk costs in this process.
   */
  pull(): Promise<void> | undefined {
    if (this.isBehind) this.#deps.wantPage(this);
    if (!this.#live) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answerPull = resolve;
    return promise;
  }

  cancel(): void {
    this.#end();
  }

  /** A chunk that ends at the hub's position, which was set before: set afterwards, a full socket would get it twice. */
  deliver(chunk: Uint8Array): void {
    if (this.#write(chunk) && this.#outlet.isFull) this.fallBehind(this.#deps.hub.position);
  }

  /** Of a live one that has everything up to `cursor`: from here it pages as its socket drains. */
  fallBehind(cursor: number): void {
    this.#deps.hub.leave(this);
    this.#live = false;
    this.#cursor = cursor;
    this.#answerPull?.();
    this.#answerPull = null;
    // The runtime does not always pull when it is answered. In this turn the hub is still going through its listeners.
    queueMicrotask(() => this.isBehind && this.hasRoom && this.#deps.wantPage(this));
  }

  /** A page: everything visible up to `through` is in the chunk, or there was nothing. */
  take(chunk: Uint8Array | null, through: number): void {
    if (!this.isBehind || (chunk && !this.#write(chunk))) return;
    this.#cursor = Math.max(this.#cursor, through);
    this.#goLiveWhenThere();
  }

  /** A live one has had everything up to the hub's position; one that is behind is owed what lies between. */
  accept(principal: Principal): void {
    this.directoryVersion = principal.version;
    const before = this.#filter;
    // What waits for its socket would still be sent to someone who may no longer see it.
    if (isNarrower(before, principal.accountIds) && this.#outlet.hasBacklog) return this.#cut();
    const { hub, onPrincipal } = this.#deps;
    const after = seeing(before, principal.accountIds, hub.position);
    if (after !== before) {
      if (this.#live) hub.leave(this);
      this.#filter = after;
      if (this.#live) hub.join(this);
    }
    onPrincipal(this, principal);
  }

  heartbeat(): void {
    this.#heartbeatsMissed = this.#outlet.isFull ? this.#heartbeatsMissed + 1 : 0;
    if (this.#heartbeatsMissed === 0) this.#write(HEARTBEAT);
    else if (this.#heartbeatsMissed >= MAX_HEARTBEATS_MISSED) this.#cut();
  }

  /** Says why, and ends the stream. */
  close(reason: ClosingReason): void {
    if (this.#ended) return;
    // What waits for its socket would still be sent to a key that may no longer see it.
    if ((reason === "revoked" || reason === "expired") && this.#outlet.hasBacklog) return this.#cut();
    this.#end(reason); // first, so that nothing can be put behind the last frame
    this.#outlet.end(closingFrame(reason, retryAfterClosing(reason, this.#deps.random)));
  }

  #goLiveWhenThere(): void {
    const { hub, now } = this.#deps;
    if (this.#ended || this.#cursor !== hub.position) return;
    if (this.#announcesCaughtUp) {
      this.#announcesCaughtUp = false;
      if (!this.#write(caughtUpFrame(formatCursor(hub.epoch, hub.position), now()))) return;
    }
    this.#live = true; // nothing has waited since the cursors were compared, so nothing was announced between
    hub.join(this);
  }

  #write(chunk: Uint8Array): boolean {
    if (this.#outlet.write(chunk)) return true;
    this.#end();
    return false;
  }

  #cut(): void {
    this.#end("cut");
    this.#outlet.cut();
  }

  #end(why: StreamEnd = "left"): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#live) this.#deps.hub.leave(this);
    this.#live = false;
    this.#deps.onEnd(this, why);
  }
}
