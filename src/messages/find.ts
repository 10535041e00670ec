/** Pages of what the full-text index finds, for a bounded time: statements of some milliseconds, one by one. */

import type { StoredMessage } from "../message.ts";
import { readSpans, type SpanMap } from "../search/spans.ts";
import { inOrder } from "../search/window.ts";
import { MAX_ACCOUNTS_WITH_SPANS, nextCandidates, type Range } from "./candidates.ts";
import type { HistoryDeps, HistoryFilter, HistoryPage, HistoryQuery } from "./historyquery.ts";
import { readHits } from "./hits.ts";
import { scan } from "./scan.ts";

/** A page that took longer is handed over as it is, and says where to go on. */
const BUDGET_MS = 250;

/** Throws the fault `unavailable` when the index is not up to date in time. */
export async function searchHistory(deps: HistoryDeps, query: HistoryQuery): Promise<HistoryPage> {
  const { readInBackground, share } = deps;
  const { filter, order, limit } = query;
  const deadline = performance.now() + BUDGET_MS;
  const map = await mapOf(deps, query);
  const asksForNewest = query.before > map.installation.position;
  let position = asksForNewest
    ? Math.min(map.installation.position, map.indexedThrough)
    : map.installation.position;
  const spans = isInSpans(filter) ? inOrder(map.spans, order) : null;
  const found: StoredMessage[] = [];
  let range: Range = { low: query.after, high: Math.min(query.before, position + 1) };
  for (let step = 0; range.high - range.low > 1; step++) {
    const part = await nextCandidates(readInBackground, filter, spans, range, order, step, limit + 1);
    let edge: number | null = null;
    let isLarge = false;
    if (part.select !== null) {
      const hits = await readHits(readInBackground, part.select, order);
      // A remote database may have answered from a replica that lags behind.
      if (asksForNewest && spans !== null) position = Math.min(position, hits.indexedThrough);
      found.push(...(part.isExact ? hits.messages : await scan(share, filter, hits.messages)));
      isLarge = hits.found > hits.messages.length;
      if (isLarge || hits.found >= part.limit) edge = hits.messages.at(-1)?.seq ?? null;
    }
    range = rest(range, part, edge, order);
    if (found.length > limit || (isLarge && found.length > 0) || performance.now() > deadline) break;
  }
  const messages = found.slice(0, limit);
  if (found.length > limit) return { messages, next: messages.at(-1)?.seq ?? null, position };
  const isAll = range.high - range.low <= 1;
  return { messages, next: isAll ? null : order === "asc" ? range.low : range.high, position };
}

function isInSpans({ accounts }: HistoryFilter): boolean {
  return accounts.length <= MAX_ACCOUNTS_WITH_SPANS;
}

/** The spans that hold what is wanted, once all of it is indexed. */
async function mapOf({ readInBackground, indexer }: HistoryDeps, query: HistoryQuery): Promise<SpanMap> {
  const { filter, after, before } = query;
  const accounts = isInSpans(filter) ? filter.accounts : [];
  const map = await readSpans(readInBackground, accounts, after, before);
  const through = Math.min(map.installation.position, before - 1);
  if (map.indexedThrough >= through) return map;
  await indexer.reach(through);
  return readSpans(readInBackground, accounts, after, before);
}

/** What lies behind the part, or behind the seq at which it was cut. */
function rest({ low, high }: Range, part: Range, edge: number | null, order: "asc" | "desc"): Range {
  return order === "asc"
    ? { low: edge ?? Math.max(low, part.high - 1), high }
    : { low, high: edge ?? Math.min(high, part.low + 1) };
}
