/** Pages of stored messages in the order of seq, each bounded in rows and in bytes. */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import type { StoredMessage } from "../message.ts";
import { type Hits, readHits } from "./hits.ts";
import { keptFor } from "./kept.ts";
import { type SeqRange, seqsInFilter } from "./order.ts";
import { type Filter, matches } from "./visibility.ts";

const PAGE_ROWS = 200;
/** The change feed reads for everybody, so its page is as large as the writer's batch. */
const FEED_ROWS = 500;

export interface Page {
  readonly messages: readonly StoredMessage[];
  /** Everything up to this seq has been looked at: where the next page starts. */
  readonly through: number;
}

/** The messages of all accounts after `after`, as far as the page goes, and the installation at the same moment. */
export async function readNew(
  read: Read,
  after: number,
): Promise<Page & { readonly installation: Installation }> {
  const select = {
    sql: "SELECT seq FROM messages WHERE seq > ? ORDER BY seq LIMIT ?",
    args: [after, FEED_ROWS],
  };
  const page = await readHits(read, select, "asc");
  const { messages, installation } = page;
  return { messages, installation, through: throughOf(page, FEED_ROWS, installation.position) };
}

/** The visible messages after `after`, none beyond `until`, and how far what is visible was pruned then, or since. */
export async function readPage(
  read: Read,
  filter: Filter,
  after: number,
  until: number,
): Promise<Page & { readonly prunedThrough: number }> {
  const range: SeqRange = { after, before: until + 1, order: "asc", limit: PAGE_ROWS };
  const { select, edge } = await seqsInFilter(read, filter, range);
  const page = await readHits(read, select, "asc");
  // Where they are very many, the numbers are left to be filtered here.
  const messages = page.messages.filter((stored) => matches(filter, stored));
  return {
    messages,
    through: throughOf(page, PAGE_ROWS, edge ?? until),
    prunedThrough: (await keptFor(read, filter.accounts, page.installation)).prunedThrough,
  };
}

/** A page that was cut, by rows or by bytes, has said nothing about what lies behind its last row. */
function throughOf({ messages, found }: Hits, limit: number, end: number): number {
  const isCut = found === limit || found > messages.length;
  return isCut ? (messages.at(-1)?.seq ?? end) : end;
}
