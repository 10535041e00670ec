/** Everything that streams and those who wait need, wired: what the service starts, feeds and stops. */
import type { Installation } from "../database/installation.ts";
import type { Show } from "../message.ts";
import type { Batch } from "../messages/changefeed.ts";
import { Hub } from "./hub.ts";
import { Streams, type StreamsOptions } from "./registry.ts";
import { Sessions } from "./sessions.ts";
import { Waiters } from "./waiters.ts";

export interface StreamRoom {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly streams: Streams;
  readonly waiters: Waiters;
  /** In one turn for both: who waits looks up to the hub's position, and hears what comes after it. */
  readonly announce: (news: Batch) => void;
  /** Ends everything: what is open holds positions of an epoch that is over. */
  readonly restart: (installation: Installation) => void;
}

type Options = Omit<StreamsOptions, "hub" | "sessions"> & {
  readonly authenticator: ConstructorParameters<typeof Sessions>[0];
  /** A message as everyone outside sees it. */
  readonly show?: Show;
};

export function openStreams(
  installation: Installation,
  { authenticator, show, ...options }: Options,
): StreamRoom {
  const hub = new Hub(installation.epoch, installation.position, undefined, show);
  const sessions = new Sessions(authenticator, installation.directoryVersion);
  const streams = new Streams({ ...options, hub, sessions });
  const waiters = new Waiters(sessions, options.now);
  const announce = (news: Batch) => {
    hub.announce(news);
    waiters.announce(news);
  };
  const restart = (found: Installation) => {
    sessions.restart(found.directoryVersion);
    hub.restart(found);
  };
  return { hub, sessions, streams, waiters, announce, restart };
}
