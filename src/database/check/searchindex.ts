/** The full-text index against the rows: what it has, and in which spans (src/search/spans.ts) a search looks for it. */
import type { Read } from "../result.ts";

// Each by its rowid, in the order of both: some microseconds a message. A canary's (src/messages/canaries.ts) is in neither.
const INDEX = `
  SELECT
    (SELECT count(*) FROM messages WHERE +account_id > 0 AND seq <= indexed_through
      AND NOT EXISTS (SELECT 1 FROM messages_search_docsize d WHERE d.id = seq)) AS missing,
    (SELECT count(*) FROM messages_search_docsize d
      WHERE NOT EXISTS (SELECT 1 FROM messages WHERE seq = d.id AND +account_id > 0)) AS surplus,
    (SELECT count(*) FROM messages_search_docsize d WHERE d.id > indexed_through) AS ahead
  FROM installation WHERE installation.id = 1`;

// Each span looks through an index for what it holds: together that is each message once.
const SPANS = `
  SELECT (SELECT count(*) FROM messages WHERE +account_id > 0 AND seq <= indexed_through) - (
    SELECT coalesce(sum((SELECT count(*) FROM messages m
      WHERE m.account_id = s.account_id AND m.seq BETWEEN s.first_seq AND s.last_seq)), 0)
    FROM search_spans s) AS unreached
  FROM installation WHERE installation.id = 1`;

export async function checkSearch(read: Read): Promise<string[]> {
  const [index] = (await read(INDEX)).rows;
  const [spans] = (await read(SPANS)).rows;
  const faults: [number, string][] = [
    [
      Number(index?.missing),
      "messages are not in the search index, which has passed them: they are not found",
    ],
    [Number(index?.surplus), "entries of the search index are of no message"],
    [Number(index?.ahead), "messages are in the search index before their turn"],
    [Number(spans?.unreached), "messages lie in no span of the search index: they are not found"],
  ];
  return faults.filter(([count]) => count > 0).map(([count, sentence]) => `${count} ${sentence}`);
}
