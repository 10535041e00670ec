/** Who is connected to this process: for the operator, and so without what would identify a person. */
import { formatCursor } from "../values/cursor.ts";
import type { Hub } from "./hub.ts";
import type { Streams } from "./registry.ts";
import type { Subscriber } from "./subscriber.ts";

export interface RosterFilter {
  readonly accountId: number | null;
  readonly keyId: number | null;
}

export interface Listed {
  readonly key_id: number;
  readonly ticket_id: number | null;
  readonly account_id: number;
  /** The network that the client is in; null where nobody knows. */
  readonly address: string | null;
  /** Milliseconds since 1970. */
  readonly since: number | null;
  /** Positions that it has not been handed; 0 for a live one. */
  readonly behind: number;
  readonly cursor: string;
}

export interface Roster {
  /** Those that are furthest behind first, and then those that were opened first. */
  readonly streams: readonly Listed[];
  /** How many there are, listed or not. */
  readonly count: number;
}

/** Some 250 bytes of JSON each. */
const MAX_LISTED = 2_000;

/** Walks through all of them: some milliseconds for ten thousand. */
export function roster(streams: Pick<Streams, "all">, hub: Hub, { accountId, keyId }: RosterFilter): Roster {
  const found = [...streams.all()].filter(
    (stream) =>
      (accountId === null || stream.accountId === accountId) && (keyId === null || stream.keyId === keyId),
  );
  const listed = found.map((stream) => listedOf(stream, hub));
  listed.sort((a, b) => b.behind - a.behind || (a.since ?? 0) - (b.since ?? 0));
  return { streams: listed.slice(0, MAX_LISTED), count: found.length };
}

function listedOf({ keyId, accountId, ticket, origin, isBehind, cursor }: Subscriber, hub: Hub): Listed {
  const at = isBehind ? cursor : hub.position;
  return {
    key_id: keyId,
    ticket_id: ticket?.id ?? null,
    account_id: accountId,
    address: origin?.address ?? null,
    since: origin?.since ?? null,
    behind: hub.position - at,
    cursor: formatCursor(hub.epoch, at),
  };
}
