/** What this process hears of the others over the same database, and tells them. */
import type { NatsConfig } from "../config/nats.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { Bell } from "./bell.ts";
import { NatsBell } from "./nats.ts";
import { Poller, pollInterval } from "./poller.ts";
import type { Rollcall } from "./rollcall.ts";

export interface ClusterDeps {
  readonly changeFeed: ChangeFeed;
  readonly sessions: Sessions;
  readonly rollcall: Rollcall;
  /** Of the database file; null for a remote one. */
  readonly path: string | null;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
}

export interface Cluster {
  readonly poller: Poller;
  /** Null for a process that only looks. */
  readonly bell: Bell | null;
  /** Whether what other machines ring is heard; null where nobody rings. */
  readonly isBellHeard: (() => boolean) | null;
}

/** `nats` wakes processes on any machine; without it `parent` those of this start, where there are several. */
export function openCluster(
  nats: NatsConfig | null,
  parent: Bell | undefined,
  { path, ...deps }: ClusterDeps,
): Cluster {
  const { changeFeed, monotonic } = deps;
  const epoch = () => changeFeed.installation.epoch;
  const between = nats === null ? null : new NatsBell(nats, { epoch, monotonic });
  const bell = between ?? parent ?? null;
  const isHeard = () => between?.isHeard() ?? false;
  const poller = new Poller({ ...deps, ...pollInterval(path), isHeard });
  bell?.listen((what) => poller.hear(what));
  return { poller, bell, isBellHeard: between && isHeard };
}
