/** One step of the full-text index, and what belongs into the transactions that remove messages from it. */
import type { Statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";

/** Some three milliseconds of the writer's time, its part of the merging included. */
export const STEP_ROWS = 100;
/** For a search that waits, or an index that is far behind: fewer commits for the same. */
export const LARGE_STEP_ROWS = 400;
/** UTF-16 units, near enough: a text may have nearly a megabyte, and then few go at once. */
const STEP_TEXT = 256 * 1024;
/**
 * Pages of the index that a step may merge, for each message that it may take. FTS5's own merging comes in bursts of
 * tens of milliseconds, and is off (drizzle/0003_search.sql); this keeps up with it.
 */
const MERGED_PAGES = 0.32;
/** The sizes of the spans of positions that have a token each, as powers of two. */
export const SPANS = [13, 18, 24] as const;

// What the next step may take. Only a look: the transaction below decides for itself where it starts.
const NEXT = `
  SELECT indexed_through, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0) AS position,
    (SELECT json_group_array(json_array(seq, size)) FROM (
      SELECT seq, length(body) AS size FROM messages
      WHERE seq > (SELECT indexed_through FROM installation WHERE id = 1) ORDER BY seq LIMIT ?)) AS next
  FROM installation WHERE id = 1`;

const INDEX = `
  INSERT INTO messages_search (rowid, account, sender, recipient, span, body)
  SELECT seq, 'a' || account_id, 'f' || lower(hex("from")), 't' || lower(hex("to")),
    ${SPANS.map((bits) => `'s${bits}x' || (seq >> ${bits})`).join(" || ' ' || ")}, body
  FROM messages
  WHERE seq > (SELECT indexed_through FROM installation WHERE id = 1) AND seq <= ? AND account_id IS NOT NULL
  ORDER BY seq`;

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
  const next = JSON.parse(String(row?.next)) as [seq: number, size: number][];
  const all = next.length < rows ? position : (next.at(-1)?.[0] ?? position);
  const through = endOfStep(next, all);
  const move = { sql: MOVE, args: [through] };
  const merge = { sql: MERGE, args: [Math.ceil(rows * MERGED_PAGES)] };
  await write(next.length === 0 ? [move] : [{ sql: INDEX, args: [through] }, move, merge]);
  return through;
}

/** Where the texts become too many for one step, or `all`. */
function endOfStep(next: readonly (readonly [seq: number, size: number])[], all: number): number {
  let text = 0;
  let end = 0;
  for (const [seq, size] of next) {
    text += size;
    if (end > 0 && text > STEP_TEXT) return end;
    end = seq;
  }
  return all;
}

/** The token of the span of 2^`bits` positions in which `seq` lies. */
export function spanToken(bits: number, seq: number): string {
  return `s${bits}x${Math.floor(seq / 2 ** bits)}`;
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
