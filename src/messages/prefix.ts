/** How much of the full-text index begins in a certain way. */
import type { Read } from "../database/connection.ts";

// FTS5 keeps where each page of the index begins: its segment, the term there (behind a "0") and twice the page's
// number. So the pages between two terms are counted in two looks for each segment, however many they are.
const PAGES = `
  WITH RECURSIVE segments(id) AS (
    SELECT min(segid) FROM messages_search_idx
    UNION ALL
    SELECT (SELECT min(segid) FROM messages_search_idx WHERE segid > id) FROM segments WHERE id IS NOT NULL)
  SELECT sum(
    coalesce((SELECT pgno / 2 FROM messages_search_idx WHERE segid = id AND term < ?2 ORDER BY term DESC LIMIT 1), 0) -
    coalesce((SELECT pgno / 2 FROM messages_search_idx WHERE segid = id AND term <= ?1 ORDER BY term DESC LIMIT 1), 0)
  ) AS pages FROM segments WHERE id IS NOT NULL`;

/** Pages of 4 KB, near enough. To gather one takes some 50 µs. */
export async function pagesOfPrefix(read: Read, prefix: string): Promise<number> {
  // As the tokenizer folds letters, near enough: only the cost is judged by it.
  const folded = prefix.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const from = Buffer.from(`0${folded}`);
  const to = Buffer.concat([from, Buffer.from([0xff])]);
  const { rows } = await read({ sql: PAGES, args: [from, to] });
  return Number(rows[0]?.pages ?? 0);
}
