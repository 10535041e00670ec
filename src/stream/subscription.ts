/** What a subscriber is made with. */
import type { Access } from "../keys/access.ts";
import type { Sight } from "../messages/visibility.ts";
import type { Hub } from "./hub.ts";
import type { Subscriber } from "./subscriber.ts";

/** What subscribers share. */
export interface StreamSurroundings {
  readonly hub: Hub;
  /** Asks for the next page for a subscriber that is behind and whose socket has room. */
  readonly wantPage: (subscriber: Subscriber) => void;
  /** Called once, however the stream ends. */
  readonly onEnd: (subscriber: Subscriber) => void;
  /** Called when its key's access was judged again: its expiry may have changed. */
  readonly onAccess: (subscriber: Subscriber, access: Access) => void;
  readonly now: () => number;
  readonly random: () => number;
}

export interface SubscriberOptions {
  readonly keyId: number;
  /** The version of the directory that the sight was read at. */
  readonly judgedAt: number;
  readonly sight: Sight;
  /** The seq up to which its client has everything. */
  readonly after: number;
  /** Whether `caught_up` is due when it first becomes live. */
  readonly announcesCaughtUp: boolean;
  /** The first bytes. */
  readonly first: Uint8Array;
  /** By the wheel's clock: the end of the stream's time, and that of its key. */
  readonly endsAt: number;
  readonly keyExpiresAt: number | null;
  /** What it was opened with, when that was a ticket. */
  readonly ticket?: StreamTicket | null;
}

export interface StreamTicket {
  readonly id: number;
  /** By the wheel's clock. */
  readonly expiresAt: number;
}
