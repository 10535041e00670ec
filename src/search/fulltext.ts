/** One step of the full-text index, and what belongs into the transactions that remove messages from it. */
import type { Statement } from "../database/connection.ts";
import type { Database } from "../database/open.ts";
import { tokensOf } from "./tokens.ts";
import { SEARCHED_TEXT } from "./words.ts";

/** Some three milliseconds of the writer's time, its part of the merging included. */
export const STEP_ROWS = 100;
/** For a search that waits, or an index that is far behind: fewer commits for the same. */
export const LARGE_STEP_ROWS = 200;
/** UTF-16 units: long texts are few at once. They are taken apart on the thread that serves, in some milliseconds. */
const STEP_TEXT = 131_072;
/**
 * Pages of the index that a step may merge, for each message that it may take. FTS5's own merging comes in bursts of
 * tens of milliseconds, and is off (drizzle/0000_tables.sql); this keeps up with it.
 */
const MERGED_PAGES = 1.3;

// Only a look: the transaction below decides for itself where it starts.
const NEXT = `
  WITH next AS (
      SELECT seq, account_id, "from", "to", substr(subject, 1, ${SEARCHED_TEXT}) AS subject,
        substr(body, 1, ${SEARCHED_TEXT}) AS body FROM messages
      WHERE seq > (SELECT indexed_through FROM installation WHERE id = 1) ORDER BY seq LIMIT ?),
    summed AS (SELECT *, sum(size) OVER (ORDER BY seq) - size AS before
      FROM (SELECT *, length(body) + coalesce(length(subject), 0) AS size FROM next))
  SELECT indexed_through, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0) AS position,
    (SELECT count(*) FROM next) AS found,
    (SELECT json_group_array(json_array(seq, account_id, "from", "to", subject, body)) FROM summed
      WHERE before < ${STEP_TEXT}) AS next
  FROM installation WHERE id = 1`;

type Next = [
  seq: number,
  account: number | null,
  from: string,
  to: string,
  subject: string | null,
  body: string,
];

// What was removed since, or indexed by another process, is left out.
const INDEX = `
  INSERT INTO messages_search (rowid, tokens)
  SELECT seq, j.value->>1 FROM json_each(?) j CROSS JOIN messages ON seq = j.value->>0
  WHERE seq > (SELECT indexed_through FROM installation WHERE id = 1)`;

const MOVE = `UPDATE installation SET indexed_through = max(indexed_through, ?) WHERE id = 1`;

const MERGE = "INSERT INTO messages_search (messages_search, rank) VALUES ('merge', ?)";

/** Indexes the oldest messages that are not, at most so many. Resolves to the position up to which all are then. */
export async function indexStep(
  { readAside, write }: Pick<Database, "readAside" | "write">,
  rows: number,
): Promise<number> {
  const [row] = (await readAside({ sql: NEXT, args: [rows] })).rows;
  const indexed = Number(row?.indexed_through);
  const position = Number(row?.position);
  if (indexed >= position) return indexed;
  const next = JSON.parse(String(row?.next)) as Next[];
  const isAll = next.length === Number(row?.found) && next.length < rows;
  const through = isAll ? position : (next.at(-1)?.[0] ?? position);
  const routed = next.flatMap(([seq, account, from, to, subject, body]) =>
    account === null ? [] : [[seq, tokensOf({ account, from, to, subject, body })]],
  );
  const move = { sql: MOVE, args: [through] };
  const merge = { sql: MERGE, args: [Math.ceil(rows * MERGED_PAGES)] };
  const index = { sql: INDEX, args: [JSON.stringify(routed)] };
  await write(routed.length === 0 ? [move] : [index, move, merge]);
  return through;
}

/** Before the message itself goes, in the same transaction. */
export function unindexMessage(messageId: string): Statement {
  const sql = "DELETE FROM messages_search WHERE rowid = (SELECT seq FROM messages WHERE message_id = ?)";
  return { sql, args: [messageId] };
}

/** Before the messages themselves go, in the same transaction. One by one: for a range FTS5 looks at all there are. */
export function unindexThrough(seq: number): Statement {
  const sql = "DELETE FROM messages_search WHERE rowid IN (SELECT seq FROM messages WHERE seq <= ?)";
  return { sql, args: [seq] };
}
