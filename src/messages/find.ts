/** Pages of what the full-text index finds, for a bounded time. */
import { readInstallation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import { conditionOf } from "../search/tokens.ts";
import { admits } from "./filter.ts";
import type { HistoryDeps, HistoryPage, HistoryWanted } from "./history.ts";
import { readHits } from "./hits.ts";

/** A page that took longer is handed over as it is, and says where to go on. */
const BUDGET_MS = 250;
/** Where the index was not asked for all that is wanted, so many are held against it at once: a millisecond or two. */
const CHECKED_ROWS = 200;

/** Throws the fault `unavailable` when the index is not up to date in time. */
export async function searchHistory(deps: HistoryDeps, wanted: HistoryWanted): Promise<HistoryPage> {
  const { readAside, indexer } = deps;
  const { filter, order, limit } = wanted;
  let { position } = await readInstallation(readAside);
  await indexer.reach(Math.min(position, wanted.before - 1));
  const asksForNewest = wanted.before > position;
  const { expression, isExact } = conditionOf(filter);
  const rows = isExact ? limit + 1 : Math.max(CHECKED_ROWS, limit + 1);
  const sql = `SELECT rowid AS seq FROM messages_search WHERE messages_search MATCH ? AND rowid > ? AND rowid < ?
    ORDER BY rowid ${order} LIMIT ?`;
  const deadline = performance.now() + BUDGET_MS;
  const found: StoredMessage[] = [];
  /** What is left to look through lies between these two. */
  let [low, high] = [wanted.after, Math.min(wanted.before, position + 1)];
  /** The last that was looked at; null once nothing is left. */
  let edge: number | null;
  do {
    const hits = await readHits(readAside, { sql, args: [expression, low, high, rows] }, order);
    // A remote database may have answered from a replica that lags behind.
    if (asksForNewest) position = Math.min(position, hits.indexedThrough);
    found.push(...(isExact ? hits.messages : hits.messages.filter((stored) => admits(filter, stored))));
    const isLarge = hits.found > hits.messages.length;
    edge = isLarge || hits.found === rows ? (hits.messages.at(-1)?.seq ?? null) : null;
    if (edge === null || (isLarge && found.length > 0)) break;
    if (order === "asc") low = edge;
    else high = edge;
  } while (found.length <= limit && performance.now() < deadline);
  const messages = found.slice(0, limit);
  return { messages, next: found.length > limit ? (messages.at(-1)?.seq ?? null) : edge, position };
}
