/**
 * Pages of what was stored, in either order, for those who may see it. Each page says of which moment it is: what is
 * stored later has a later position. A page that holds less than was asked for says where to go on.
 */

import { MERGED_SELECTS } from "../database/merge.ts";
import type { Read } from "../database/result.ts";
import { searchHistory } from "./find.ts";
import type { HistoryDeps, HistoryFilter, HistoryPage, HistoryQuery } from "./historyquery.ts";
import { readHits } from "./hits.ts";
import { seqsInFilter } from "./order.ts";

/** An account and a number are looked up each by itself up to so many; beyond that the full-text index does it. */
const MAX_SELECTS = 10 * MERGED_SELECTS;

/** Whether the indexes of the messages answer it, without the full-text index. */
export function isListing({ accounts, to, from, search }: HistoryFilter): boolean {
  return from === null && search === null && accounts.length * (to?.length ?? 1) <= MAX_SELECTS;
}

/** Throws the fault `unavailable` when the search index, where it is needed, is not up to date in time. */
export async function readHistory(deps: HistoryDeps, query: HistoryQuery): Promise<HistoryPage> {
  return isListing(query.filter) ? listHistory(deps.readInBackground, query) : searchHistory(deps, query);
}

async function listHistory(read: Read, query: HistoryQuery): Promise<HistoryPage> {
  const { filter, limit } = query;
  const range = { ...query, limit: limit + 1 };
  const { select, position: seen, edge } = await seqsInFilter(read, filter, range, MAX_SELECTS);
  const page = await readHits(read, select, query.order);
  const messages = page.messages.slice(0, limit);
  const isCut = page.found > messages.length;
  return {
    messages,
    next: isCut ? (messages.at(-1)?.seq ?? edge) : edge,
    position: Math.min(seen ?? page.position, page.position),
  };
}
