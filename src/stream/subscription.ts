/** What a subscriber is made with. */
import type { Principal } from "../keys/principal.ts";
import type { Filter } from "../messages/visibility.ts";
import type { ClosingReason } from "./sse.ts";

/** Said to its client; or that the client left, or was cut because it took nothing or may not see what waits. */
export type StreamEnd = ClosingReason | "left" | "cut";

/** Who is handed chunks by the hub. */
export interface Listener {
  readonly filter: Filter;
  /** A chunk that ends at the hub's position. */
  deliver(chunk: Uint8Array): void;
  /** From this position on it pages by itself. */
  fallBehind(position: number): void;
}

/** What a subscriber knows of the hub. */
export interface Broadcaster {
  readonly epoch: string;
  /** Every live listener has been handed what it may see up to here. */
  readonly position: number;
  join(listener: Listener): void;
  leave(listener: Listener): void;
}

/** What subscribers share. */
export interface SubscriberDeps<Subscriber> {
  readonly hub: Broadcaster;
  /** Asks for the next page for a subscriber that is behind and whose socket has room. */
  readonly wantPage: (subscriber: Subscriber) => void;
  /** Called once, however the stream ends. */
  readonly onEnd: (subscriber: Subscriber, why: StreamEnd) => void;
  /** Called when its key was judged again: the expiry may have changed. */
  readonly onPrincipal: (subscriber: Subscriber, principal: Principal) => void;
  readonly now: () => number;
  readonly random: () => number;
}

export interface SubscriberOptions {
  readonly keyId: number;
  /** Whose key it is. */
  readonly accountId: number;
  /** The version of the directory that the filter was read at. */
  readonly directoryVersion: number;
  readonly filter: Filter;
  /** The seq up to which its client has everything. */
  readonly after: number;
  /** Whether `caught_up` is due when it first becomes live. */
  readonly announcesCaughtUp: boolean;
  /** The first bytes. */
  readonly first: Uint8Array;
  /** By the timers' clock: the end of the stream's time, and that of its key. */
  readonly endsAt: number;
  readonly keyExpiresAt: number | null;
  readonly origin?: Origin | null;
  /** What it was opened with, when that was a ticket. */
  readonly ticket?: StreamTicket | null;
}

export interface Origin {
  /** When it was opened, in ms since 1970. */
  readonly since: number;
  /** The network that its client is in; null where nobody knows. */
  readonly address: string | null;
}

export interface StreamTicket {
  readonly id: number;
  /** By the timers' clock. */
  readonly expiresAt: number;
}
