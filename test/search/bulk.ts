/** Fills the full-text index of a database by SQL, as the indexer would for bodies of plain lower-case words. */
import type { Database } from "bun:sqlite";

/** As in src/search/spans.ts. */
const SPAN_MESSAGES = 4_096;

export function indexInBulk(database: Database): void {
  const merging = "INSERT INTO messages_search (messages_search, rank) VALUES ('automerge', ?)";
  database.run(`CREATE TEMP TABLE spanned AS
    SELECT seq, account_id, dense_rank() OVER (ORDER BY account_id, part) AS span FROM (
      SELECT seq, account_id, (row_number() OVER (PARTITION BY account_id ORDER BY seq) - 1) / ${SPAN_MESSAGES} AS part
      FROM messages)`);
  database.run(`INSERT INTO search_spans (id, account_id, first_seq, last_seq, messages, tokens)
    SELECT span, messages.account_id, min(seq), max(seq), count(*),
      sum(4 + length(body) - length(replace(body, ' ', '')))
    FROM spanned CROSS JOIN messages USING (seq) GROUP BY span`);
  const tokens = [
    "span || 'a'",
    `span || 'f' || lower(hex("from"))`,
    `span || 't' || lower(hex("to"))`,
    "span || 'w' || replace(trim(body), ' ', ' ' || span || 'w')",
  ].join(" || ' ' || ");
  database.run(merging, [8]);
  database.run(`INSERT INTO messages_search (rowid, tokens)
    SELECT seq, ${tokens} FROM spanned CROSS JOIN messages USING (seq)`);
  database.run(merging, [0]);
  database.run("UPDATE installation SET indexed_through = (SELECT max(seq) FROM messages)");
  database.run("DROP TABLE temp.spanned");
}
