/**
 * Faults put into the product on purpose, so that it is seen that a run finds them. Each alters one part of one process,
 * from outside: what it replaces is the rule that the fault would break.
 */
import type { Write } from "../../src/database/result.ts";
import type { Authenticator } from "../../src/keys/authenticator.ts";
import type { Principal } from "../../src/keys/principal.ts";
import type { ChangeFeed } from "../../src/messages/changefeed.ts";
import { hasNoTombstone } from "../../src/messages/tombstones.ts";
import type { StreamRoom } from "../../src/stream/room.ts";
import type { Store } from "./store.ts";
import type { Time } from "./time.ts";

export const MUTATIONS = [
  "announce before the commit",
  "acknowledge before the commit",
  "no judgement after waiting",
  "no seam between replay and live",
  "cursor one too far",
  "cursor one too near",
  "forget no deletion",
  "judge nobody again",
  "no tombstones",
  "trust own commits",
  "deliver to all",
] as const;
export type Mutation = (typeof MUTATIONS)[number];

interface Parts {
  readonly authenticator: Authenticator;
  readonly room: StreamRoom;
  readonly changeFeed: ChangeFeed;
  readonly store: Store;
  readonly write: Write;
  readonly time: Time;
}

/** What the process writes with from then on. */
export function mutate(mutation: Mutation, parts: Parts): Write {
  const { authenticator, room, changeFeed, store, write, time } = parts;
  const { hub } = room;
  const { replayBuffer } = hub;
  const after = replayBuffer.after.bind(replayBuffer);
  if (mutation === "announce before the commit")
    return async (statements) => {
      const seq = changeFeed.position + 1;
      const stored = foretold(statements, seq);
      if (stored) room.announce({ messages: [stored], through: hub.position });
      return write(statements);
    };
  if (mutation === "acknowledge before the commit")
    return async (statements) => {
      void write(statements).catch(() => undefined);
      await time.wait(1);
      return [{ rows: [], rowsAffected: 0 }];
    };
  if (mutation === "no judgement after waiting")
    authenticator.handOver = async <T>(principal: Principal, _: unknown, give: (present: Principal) => T) =>
      give(principal);
  if (mutation === "no seam between replay and live") {
    const join = hub.join.bind(hub);
    hub.join = (listener) => void setTimeout(() => join(listener), 5);
  }
  if (mutation === "cursor one too far")
    replayBuffer.after = (cursor, filter, limit) => after(cursor + 1, filter, limit);
  if (mutation === "cursor one too near")
    replayBuffer.after = (cursor, filter, limit) => after(cursor - 1, filter, limit);
  if (mutation === "no tombstones") store.alter = (sql) => sql.replace(hasNoTombstone("j.value->>0"), "true");
  if (mutation === "trust own commits")
    changeFeed.committed = (messages) => {
      const through = messages.at(-1)?.seq ?? 0;
      if (through > hub.position) room.announce({ messages, through });
    };
  if (mutation === "deliver to all") {
    const everybody = { accounts: [1, 2, 3, 4, 5], to: null };
    hub.join = ((join) => (listener) => {
      Object.defineProperty(listener, "filter", { value: everybody, configurable: true });
      join(listener);
    })(hub.join.bind(hub));
  }
  return write;
}

/** As the insert would answer, for the first of its rows. */
function foretold(statements: readonly unknown[], seq: number) {
  const [first] = statements as [{ args?: unknown[] }];
  const [row] = JSON.parse(String(first?.args?.[0] ?? "[]")) as unknown[][];
  if (!row) return null;
  const [message_id, , from, to, body] = row.map(String);
  const message = { message_id: message_id ?? "", from: from ?? "", to: to ?? "", body: body ?? "" };
  return {
    seq,
    account_id: 1,
    stored_at: 0,
    message: { ...message, received_at: "2026-01-01T00:00:00.000Z" },
  };
}
