/** Puts messages into an emptied database, as they would have been stored. */
import type { Database } from "../../src/database/open.ts";
import { wellFormed } from "../../src/message.ts";

export interface Row {
  /** Null for an unrouted one. */
  readonly account?: number | null;
  readonly from?: string;
  readonly to?: string;
  readonly body?: string;
  readonly subject?: string | null;
  readonly storedAt?: number;
  /** Positions left empty before it. */
  readonly hole?: number;
}

export interface Filled extends Row {
  readonly seq: number;
}

/** The messages have the seqs from 1 on, holes apart; their ids are `msg_<seq>`. */
export async function fill(database: Database, rows: readonly Row[]): Promise<Filled[]> {
  await database.write([
    "DELETE FROM messages_search",
    "DELETE FROM search_spans",
    "DELETE FROM messages",
    "DELETE FROM tombstones",
    "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'messages'",
    "UPDATE installation SET pruned_through = 0, indexed_through = 0",
  ]);
  return append(database, rows, 1);
}

export async function append(database: Database, rows: readonly Row[], first: number): Promise<Filled[]> {
  let next = first;
  const filled = rows.map((row) => {
    const seq = next + (row.hole ?? 0);
    next = seq + 1;
    const subject = row.subject && wellFormed(row.subject);
    return { ...row, body: wellFormed(row.body ?? ""), ...(subject ? { subject } : {}), seq };
  });
  const values = filled.map(({ seq, account = 1, from = "+13125550001", to = "+14155550001", body, storedAt, subject }) => [
    seq, `msg_${seq}`, account, from, to, body, storedAt ?? seq, subject ?? null,
  ]); // biome-ignore format: the columns
  const sql = `INSERT INTO messages (seq, message_id, telnyx_id, account_id, "from", "to", body, received_at,
      stored_at, subject)
    SELECT value->>0, value->>1, '', value->>2, value->>3, value->>4, value->>5, 0, value->>6, value->>7 FROM json_each(?) WHERE true`;
  await database.write([{ sql, args: [JSON.stringify(values)] }]);
  return filled;
}
