/** One step of the full-text index, and what belongs into the transactions that remove messages from it. */

import type { Database } from "../database/open.ts";
import type { Statement, Value, Write } from "../database/result.ts";
import { yieldToEventLoop } from "../platform/eventloop.ts";
import { searchedWords } from "./fields.ts";
import { SPAN_COLUMNS, SpanFiller, type SpanRow, toSpan } from "./spans.ts";
import { OTHER_TOKENS, tokensOf } from "./tokens.ts";
import { SEARCHED_TEXT } from "./words.ts";

/** Some three milliseconds of the writer's time, its part of the merging included. */
export const STEP_ROWS = 100;
/** For a search that waits, or an index that is far behind: fewer commits for the same. */
export const LARGE_STEP_ROWS = 200;
/** Bytes, or one message: long texts are few at once. */
const STEP_TEXT = 131_072;
/** Taking texts apart has so much of a turn of the event loop; the longest text takes some 20 ms. */
const SLICE_MS = 3;
/**
 * Pages of the index that a step may merge, for each message that it may take. FTS5's own merging comes in bursts of
 * tens of milliseconds, and is off (drizzle/0000_tables.sql); this keeps up with it.
 */
const MERGED_PAGES = 1.3;

// SQLite knows the bytes of a text from its row's header, and so reads no more texts than the step takes.
const NEXT = `
  WITH next AS (
      SELECT seq, account_id, min(octet_length(body), ${SEARCHED_TEXT}) +
        min(coalesce(octet_length(subject), 0), ${SEARCHED_TEXT}) AS size
      FROM messages WHERE seq > (SELECT indexed_through FROM installation WHERE id = 1) ORDER BY seq LIMIT ?),
    summed AS (SELECT seq, sum(size) OVER (ORDER BY seq) - size AS before FROM next),
    newest AS (
      SELECT (SELECT max(id) FROM search_spans s WHERE s.account_id = n.account_id) AS id
      FROM (SELECT DISTINCT account_id FROM next) n)
  SELECT indexed_through, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0) AS position,
    (SELECT count(*) FROM next) AS found,
    (SELECT json_group_array(json_array(seq, account_id, "from", "to", substr(subject, 1, ${SEARCHED_TEXT}),
        substr(body, 1, ${SEARCHED_TEXT})))
      FROM summed CROSS JOIN messages USING (seq) WHERE before < ${STEP_TEXT}) AS next,
    (SELECT json_group_array(json_array(${SPAN_COLUMNS})) FROM newest CROSS JOIN search_spans USING (id)) AS spans,
    coalesce((SELECT max(id) FROM search_spans), 0) AS span
  FROM installation WHERE installation.id = 1`;

type Next = [
  seq: number,
  account: number | null,
  from: string,
  to: string,
  subject: string | null,
  body: string,
];

// All or nothing of a step: when another process has taken one since the look, its spans are others.
const IS_UNCHANGED = "(SELECT indexed_through FROM installation WHERE id = 1) = ?";
// What was removed since is left out.
const INDEX = `
  INSERT INTO messages_search (rowid, tokens)
  SELECT seq, j.value->>1 FROM json_each(?) j CROSS JOIN messages ON seq = j.value->>0 WHERE ${IS_UNCHANGED}`;
const FILL = `
  INSERT INTO search_spans (${SPAN_COLUMNS})
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE ${IS_UNCHANGED}
  ON CONFLICT (id) DO UPDATE
  SET last_seq = excluded.last_seq, messages = excluded.messages, tokens = excluded.tokens`;
const MOVE = "UPDATE installation SET indexed_through = ? WHERE id = 1 AND indexed_through = ?";
const MERGE = "INSERT INTO messages_search (messages_search, rank) VALUES ('merge', ?)";

/** Indexes the oldest messages that are not, at most so many. Resolves to the position up to which all are then. */
export async function indexStep(
  { readInBackground, write }: Pick<Database, "readInBackground" | "write">,
  rows: number,
): Promise<number> {
  const [row] = (await readInBackground({ sql: NEXT, args: [rows] })).rows;
  const indexed = Number(row?.indexed_through);
  const position = Number(row?.position);
  if (indexed >= position) return indexed;
  const next = JSON.parse(String(row?.next)) as Next[];
  const spans = new SpanFiller((JSON.parse(String(row?.spans)) as SpanRow[]).map(toSpan), Number(row?.span));
  const isAll = next.length === Number(row?.found) && next.length < rows;
  const through = isAll ? position : (next.at(-1)?.[0] ?? position);
  const tokens = await tokensOfAll(next, spans);
  const move = { sql: MOVE, args: [through, indexed] };
  if (tokens.length === 0) {
    const [moved] = await write([move]);
    return moved?.rowsAffected ? through : indexed;
  }
  const index = { sql: INDEX, args: [JSON.stringify(tokens), indexed] };
  const fill = { sql: FILL, args: [JSON.stringify(spans.rows()), indexed] };
  const merge = { sql: MERGE, args: [Math.ceil(rows * MERGED_PAGES)] };
  const [, , moved] = await write([index, fill, move, merge]);
  return moved?.rowsAffected ? through : indexed;
}

/** Of the routed ones, with their seqs. */
async function tokensOfAll(messages: readonly Next[], spans: SpanFiller): Promise<[number, string][]> {
  const all: [number, string][] = [];
  let turnEnds = performance.now() + SLICE_MS;
  for (const [seq, account, from, to, subject, body] of messages) {
    if (account === null || account < 0) continue; // a canary's is nobody's to find
    if (performance.now() > turnEnds) {
      await yieldToEventLoop();
      turnEnds = performance.now() + SLICE_MS;
    }
    const words = searchedWords({ subject, body });
    const span = spans.add(account, seq, words.length + OTHER_TOKENS);
    all.push([seq, tokensOf(span, { from, to, words })]);
  }
  return all;
}

/** Before the message itself goes, in the same transaction. */
export function unindexMessage(messageId: string): Statement {
  const sql = "DELETE FROM messages_search WHERE rowid = (SELECT seq FROM messages WHERE message_id = ?)";
  return { sql, args: [messageId] };
}

/** The same for several, by their seqs. */
export function unindexAll(seqs: readonly number[]): Statement {
  const sql = "DELETE FROM messages_search WHERE rowid IN (SELECT value FROM json_each(?))";
  return { sql, args: [JSON.stringify(seqs)] };
}

/** Pages of a step, of a thousand bytes each: some milliseconds of the writer's time. */
const MERGE_PAGES = 300;
/** Between two of them, so that webhooks have their turn. */
const MERGE_PAUSE_MS = 10;

/**
 * Writes the whole index anew, in small steps: only so the words of what was removed leave it, and do not merely count for
 * nothing. `write` may do more than the statements in their transaction.
 */
export async function mergeIndex(write: Write): Promise<void> {
  // A negative number sets out for one single part; all is done when hardly anything is written any more (FTS5's own rule).
  for (let pages = -MERGE_PAGES; ; pages = MERGE_PAGES) {
    const changes = "SELECT total_changes() AS n";
    const results = await write([changes, { sql: MERGE, args: [pages] }, changes]);
    const [before, after] = [results.at(-3), results.at(-1)].map((result) => Number(result?.rows[0]?.n));
    if ((after ?? 0) - (before ?? 0) < 2) return;
    await Bun.sleep(MERGE_PAUSE_MS);
  }
}

/** Rows of `messages`: a condition on them, and its arguments. */
export interface Part {
  readonly where: string;
  readonly args: readonly Value[];
}

/**
 * Before the messages themselves go, in the same transaction: all of their accounts up to `through`. One by one: for a range
 * FTS5 looks at all there are. With the last of its messages a span goes, too.
 */
export function unindexPart({ where, args }: Part, through: number): Statement[] {
  return [
    {
      sql: `DELETE FROM messages_search WHERE rowid IN (SELECT seq FROM messages WHERE ${where})`,
      args: [...args],
    },
    {
      sql: `DELETE FROM search_spans
        WHERE account_id IN (SELECT account_id FROM messages WHERE ${where}) AND last_seq <= ?`,
      args: [...args, through],
    },
  ];
}
