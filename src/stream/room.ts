/** Everything that streams and those who wait need, wired: what the service starts, feeds and stops. */
import type { Installation } from "../database/installation.ts";
import type { News } from "../messages/changefeed.ts";
import { Hub } from "./hub.ts";
import { Streams, type StreamsOptions } from "./registry.ts";
import { Sessions } from "./sessions.ts";
import { Waits } from "./waiters.ts";

export interface StreamRoom {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly streams: Streams;
  readonly waits: Waits;
  /** In one turn for both: who waits looks up to the hub's position, and hears what comes after it. */
  readonly announce: (news: News) => void;
  /** Ends everything: what is open holds positions of an epoch that is over. */
  readonly restart: (installation: Installation) => void;
}

type Options = Omit<StreamsOptions, "hub" | "sessions"> & {
  readonly guard: ConstructorParameters<typeof Sessions>[0];
};

export function openStreams(installation: Installation, { guard, ...options }: Options): StreamRoom {
  const hub = new Hub(installation.epoch, installation.position);
  const sessions = new Sessions(guard, installation.directoryVersion);
  const streams = new Streams({ ...options, hub, sessions });
  const waits = new Waits(sessions, options.now);
  const announce = (news: News) => {
    hub.announce(news);
    waits.announce(news);
  };
  const restart = (found: Installation) => {
    sessions.restart(found.directoryVersion);
    hub.restart(found);
  };
  return { hub, sessions, streams, waits, announce, restart };
}
