/**
 * Pages of what was stored, in either order, for those who may see it. Each page says of which moment it is: what is
 * stored later has a later position. A page that holds less than was asked for says where to go on.
 */

import { MERGED_SELECTS } from "../database/merge.ts";
import type { Read } from "../database/result.ts";
import { searchHistory } from "./find.ts";
import type { HistoryDeps, HistoryFilter, HistoryPage, HistoryWanted } from "./historyquery.ts";
import { readHits } from "./hits.ts";
import { seqsInSight } from "./inorder.ts";

/** An account and a number are looked up each by itself up to so many; beyond that the full-text index does it. */
const MOST_SELECTS = 10 * MERGED_SELECTS;

/** Whether the indexes of the messages answer it, without the full-text index. */
export function isListing({ accounts, to, from, search }: HistoryFilter): boolean {
  return from === null && search === null && accounts.length * (to?.length ?? 1) <= MOST_SELECTS;
}

/** Throws the fault `unavailable` when the search index, where it is needed, is not up to date in time. */
export async function readHistory(deps: HistoryDeps, wanted: HistoryWanted): Promise<HistoryPage> {
  return isListing(wanted.filter) ? listHistory(deps.readAside, wanted) : searchHistory(deps, wanted);
}

async function listHistory(read: Read, wanted: HistoryWanted): Promise<HistoryPage> {
  const { filter, limit } = wanted;
  const range = { ...wanted, limit: limit + 1 };
  const { select, position: seen, edge } = await seqsInSight(read, filter, range, MOST_SELECTS);
  const page = await readHits(read, select, wanted.order);
  const messages = page.messages.slice(0, limit);
  const isCut = page.found > messages.length;
  return {
    messages,
    next: isCut ? (messages.at(-1)?.seq ?? edge) : edge,
    position: Math.min(seen ?? page.position, page.position),
  };
}
