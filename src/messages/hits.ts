/** The messages behind the seqs that a select finds, as many as make a page of bounded size. */
import type { Read } from "../database/connection.ts";
import { INSTALLATION_COLUMNS, toInstallation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import { COLUMNS, TEXT_SIZE, toStoredMessages } from "./row.ts";

export type Order = "asc" | "desc";

export interface Hits {
  /** In the order that was asked for; the first of them when their texts are too large for one page. */
  readonly messages: StoredMessage[];
  /** How many the select found. */
  readonly found: number;
  /** What held at that moment: the newest position, and how far the full-text index went. */
  readonly position: number;
  readonly indexedThrough: number;
}

/** UTF-16 units of a page: a text may have nearly a megabyte, and then few make a page. */
const PAGE_TEXT = 1024 * 1024;

/** `select` answers seqs in `order`. */
export async function readHits(
  read: Read,
  select: { readonly sql: string; readonly args: (string | number)[] },
  order: Order,
): Promise<Hits> {
  const page = {
    sql: `
      WITH hits AS MATERIALIZED (${select.sql}),
        sized AS (
          SELECT messages.*, ${TEXT_SIZE} AS size
          FROM hits CROSS JOIN messages USING (seq)),
        summed AS (SELECT *, sum(size) OVER (ORDER BY seq ${order}) - size AS before FROM sized)
      SELECT ${INSTALLATION_COLUMNS}, indexed_through, (SELECT count(*) FROM hits) AS found,
        (SELECT json_group_array(json_array(${COLUMNS})) FROM summed WHERE before < ${PAGE_TEXT}) AS page
      FROM installation WHERE id = 1`,
    args: select.args,
  };
  const [row] = (await read(page)).rows;
  const messages = toStoredMessages(row?.page);
  return {
    messages: order === "asc" ? messages : messages.reverse(),
    found: Number(row?.found),
    position: toInstallation(row).position,
    indexedThrough: Number(row?.indexed_through),
  };
}
