/**
 * The messages behind the seqs that a select finds, as many as make a page of bounded size. The bound holds inside the
 * statement, so that texts of a megabyte are neither read nor sent by the hundred; the stream, its replays and the
 * history all read their pages so.
 */
import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "../database/installation.ts";
import type { Read, Statement, Value } from "../database/result.ts";
import type { StoredMessage } from "../message.ts";
import { COLUMNS, STORED_BYTES, toStoredMessages } from "./row.ts";

export type Order = "asc" | "desc";

/** Finds seqs. */
export interface SeqSelect {
  readonly sql: string;
  readonly args: readonly Value[];
}

export interface Hits {
  /** In the order that was asked for; the first of them when their texts are too large for one page. */
  readonly messages: StoredMessage[];
  /** How many the select found. */
  readonly found: number;
  /** What held at that moment: the newest position, and how far the full-text index went. */
  readonly position: number;
  readonly indexedThrough: number;
  readonly installation: Installation;
}

/**
 * Bytes of a page's JSON, unless one message alone has more: a webhook may have a megabyte. To take such a page apart
 * and to encode it again takes some 10 ms.
 */
const MAX_PAGE_BYTES = 1024 * 1024;
/** JSON writes no byte as more than six, and 500 rows of this together stay far below a page, whatever they hold. */
const SMALL_PAGE_BYTES = MAX_PAGE_BYTES / 8;

/**
 * `select.sql` finds at most some hundreds of seqs; the page costs what it holds. SQLite knows the bytes of a text from
 * the row's header, and so reads no more texts than a page has; only those are encoded, and then counted exactly.
 * Nearly all pages are small and cost no counting of their rows.
 */
function pageStatement({ sql, args }: SeqSelect, order: Order): Statement {
  const page = `
    WITH hits AS MATERIALIZED (${sql}),
      sized AS (SELECT seq, ${STORED_BYTES} AS size FROM hits CROSS JOIN messages USING (seq)),
      summed AS (SELECT seq, sum(size) OVER (ORDER BY seq ${order}) - size AS before FROM sized),
      encoded AS (
        SELECT seq, json_array(${COLUMNS}) AS row FROM summed CROSS JOIN messages USING (seq)
        WHERE before < ${MAX_PAGE_BYTES}),
      counted AS (
        SELECT row, octet_length(row) AS size, sum(octet_length(row)) OVER (ORDER BY seq ${order}) AS through
        FROM encoded)
    SELECT ${INSTALLATION_COLUMNS}, indexed_through, (SELECT count(*) FROM hits) AS found,
      CASE WHEN (SELECT sum(size) FROM sized) <= ${SMALL_PAGE_BYTES}
        THEN (SELECT json_group_array(json_array(${COLUMNS})) FROM hits CROSS JOIN messages USING (seq))
        ELSE (SELECT '[' || group_concat(row) || ']' FROM counted
          WHERE through <= ${MAX_PAGE_BYTES} OR through = size)
      END AS page
    FROM installation WHERE id = 1`;
  return { sql: page, args: [...args] };
}

/** `select` answers seqs in `order`. One statement, so that the position and the rows are of one moment. */
export async function readHits(read: Read, select: SeqSelect, order: Order): Promise<Hits> {
  const [row] = (await read(pageStatement(select, order))).rows;
  const messages = toStoredMessages(row?.page);
  const installation = toInstallation(row);
  return {
    messages: order === "asc" ? messages : messages.reverse(),
    found: Number(row?.found),
    position: installation.position,
    indexedThrough: Number(row?.indexed_through),
    installation,
  };
}
