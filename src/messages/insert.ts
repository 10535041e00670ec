/**
 * The one statement that stores messages. It finds each recipient's account inside the commit itself, so a number
 * that has just been moved cannot file a text under its old owner, and it meets duplicates and tombstones there
 * too. The rows come in the order of their seq, which is the order of the input; those that conflict are absent.
 */
import type { Result, Statement } from "../database/result.ts";
import type { Message, StoredMessage } from "../message.ts";
import { hasNoTombstone } from "./tombstones.ts";

export type Outcome = "stored" | "unrouted" | "duplicate";

/** The database's own clock: all processes share it, and inside the write lock it follows the order of seq. */
export const DATABASE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

const INSERT = `
  INSERT INTO messages (message_id, telnyx_id, "from", "to", body, received_at, media, cc, keyword, spam,
    subject, recovered, account_id, owner_id, stored_at)
  SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, j.value->>5, j.value->>6, j.value->>7,
    j.value->>8, j.value->>9, j.value->>10, j.value->>11, iif(n.active, n.account_id, NULL), n.account_id, ${DATABASE_NOW}
  FROM json_each(?) j LEFT JOIN numbers n ON n.number = j.value->>3
  WHERE ${hasNoTombstone("j.value->>0")}
  ON CONFLICT (message_id) DO NOTHING
  RETURNING json_array(seq, message_id, account_id, stored_at) AS inserted`;

type Inserted = [seq: number, message_id: string, account_id: number | null, stored_at: number];

/** `rows` are those of `toInsertRow`. */
export function insertStatement(rows: readonly string[]): Statement {
  return { sql: INSERT, args: [`[${rows.join(",")}]`] };
}

/** The messages that this very statement inserted, in the order of seq. Of equal ones the first is the message. */
export function insertedMessages(messages: readonly Message[], result: Result): StoredMessage[] {
  const byId = new Map<string, Message>();
  for (const message of messages) if (!byId.has(message.message_id)) byId.set(message.message_id, message);
  const stored: StoredMessage[] = [];
  for (const [seq, message_id, account_id, stored_at] of insertedRows(result)) {
    const message = byId.get(message_id);
    if (message) stored.push({ seq, account_id, stored_at, message });
  }
  return stored;
}

/** One text for each row: the client takes as long to hand over a value as SQLite to insert it. */
export function insertedRows({ rows }: Result): Inserted[] {
  return JSON.parse(`[${rows.map(({ inserted }) => inserted).join()}]`) as Inserted[];
}

/** What became of each message, in the order in which they were given. */
export function outcomes(messages: readonly Message[], inserted: readonly StoredMessage[]): Outcome[] {
  const became = new Map<Message, Outcome>();
  for (const { message, account_id } of inserted)
    became.set(message, account_id === null ? "unrouted" : "stored");
  return messages.map((message) => became.get(message) ?? "duplicate");
}
