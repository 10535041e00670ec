/** What a process that serves answers to the questions of commands. */
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import { type RosterFilter, roster } from "../stream/roster.ts";
import type { Question } from "./rollcall.ts";

/** Of a message that this process still holds in memory. */
export interface Announcement {
  /** Milliseconds since 1970. */
  readonly announced_at: number;
  /** To how many streams of the process it went at once; those that were behind got it later. */
  readonly streams: number;
}

/** Null: nothing is known of what was asked. */
export function answering(streams: Streams, hub: Hub): (question: Question) => unknown {
  return ({ kind, about }) => {
    switch (kind) {
      case "streams":
        return roster(streams, hub, about as RosterFilter);
      case "message":
        return announcement(hub, about as { readonly seq: number });
      default:
        return null; // of a later version
    }
  };
}

function announcement({ replayBuffer }: Hub, { seq }: { readonly seq: number }): Announcement | null {
  const found = replayBuffer.find(seq);
  return found && { announced_at: found.announcedAt, streams: found.streams };
}
