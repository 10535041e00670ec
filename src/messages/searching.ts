/**
 * Pages of what the full-text index finds. FTS5 leaps from one condition's next hit to the other's, and where they
 * never meet it would leap through everything: so the messages are looked through in spans of positions, which are
 * a condition too, small ones first, and for a bounded time.
 */
import type { Read } from "../database/connection.ts";
import { readInstallation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import type { HistoryDeps, HistoryFilter, HistoryPage, HistoryWanted } from "./history.ts";
import { readHits } from "./hits.ts";
import { SPANS, spanToken } from "./indexing.ts";
import { pagesOfPrefix } from "./prefix.ts";
import { accountToken, quoted, recipientToken, senderToken } from "./search.ts";

/** A page that took longer is handed over as it is, and says where to go on. */
const BUDGET_MS = 250;
/** A span that took longer is followed by a smaller one; and a larger one must not be expected to. */
const SLOW_MS = 50;
/**
 * FTS5 leaps forward many times faster than backward (fifty times, between a rare word and an account of millions),
 * so downwards it gathers a span's hits upwards, and they are sorted: `+` keeps it from doing that itself.
 */
const INDEX_ORDER = { asc: "rowid ASC", desc: "+rowid DESC" } as const;
/** Where what the index finds is held against what was asked, so many at once. */
const CHECKED_ROWS = 500;
/** Beginnings that are more common are not gathered from the index: enough messages have them. */
const RARE_PAGES = 100;

/** Throws the fault `unavailable` when the index is not up to date in time. */
export async function searchHistory(deps: HistoryDeps, wanted: HistoryWanted): Promise<HistoryPage> {
  const { readAside, indexer, matcher } = deps;
  const { filter, order, limit } = wanted;
  let { position } = await readInstallation(readAside);
  await indexer.reach(Math.min(position, wanted.before - 1));
  const asksForNewest = wanted.before > position;
  const expression = await conditionsOf(readAside, filter);
  const search = filter.search?.isExact === false ? filter.search : null;
  const deadline = performance.now() + BUDGET_MS;
  const found: StoredMessage[] = [];
  /** What is left to look through lies between these two. */
  let [low, high] = [wanted.after, Math.min(wanted.before, position + 1)];
  let size = 0;
  let looked = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  while (low + 1 < high && found.length <= limit && performance.now() < deadline) {
    const span = spanAt(bitsOf(size), order, low, high);
    const rows = search ? Math.max(CHECKED_ROWS, limit + 1) : limit + 1 - found.length;
    const began = performance.now();
    const hits = await readHits(
      readAside,
      {
        sql: `SELECT rowid AS seq FROM messages_search WHERE messages_search MATCH ? AND rowid > ? AND rowid < ?
          ORDER BY ${INDEX_ORDER[order]} LIMIT ?`,
        args: [span.condition + expression, span.low, span.high, rows],
      },
      order,
    );
    const tookMs = performance.now() - began;
    // A remote database may have answered from a replica that lags behind.
    if (asksForNewest) position = Math.min(position, hits.indexedThrough);
    found.push(...(search ? matchesOf(matcher, search, hits.messages) : hits.messages));
    const last = hits.messages.at(-1)?.seq;
    const isLarge = hits.found > hits.messages.length;
    const isCut = isLarge || hits.found === rows;
    if (order === "asc") low = isCut && last !== undefined ? last : span.high - 1;
    else high = isCut && last !== undefined ? last : span.low + 1;
    if (isLarge && found.length > 0) break;
    const length = span.high - span.low - 1;
    looked += length;
    // What the least step took is spent before anything is looked at: the rest grows with the span.
    leastMs = Math.min(leastMs, tookMs);
    const expectedMs = leastMs + (tookMs - leastMs) * (lengthAfter(size, low, high) / length);
    const enough = found.length === 0 ? Number.POSITIVE_INFINITY : (looked / found.length) * limit;
    if (tookMs > SLOW_MS) size = Math.max(size - 1, 0);
    else if (enough > 4 * 2 ** bitsOf(size) && expectedMs < SLOW_MS)
      size = Math.min(size + 1, SPANS.length - 1);
  }
  const messages = found.slice(0, limit);
  const isAll = low + 1 >= high && found.length <= limit;
  const edge = found.length > limit ? (messages.at(-1)?.seq ?? null) : order === "asc" ? low : high;
  return { messages, next: isAll ? null : edge, position };
}

function bitsOf(size: number): number {
  return SPANS[size] ?? SPANS[0];
}

/** Of the next larger span, as far as it can lie between the two. */
function lengthAfter(size: number, low: number, high: number): number {
  return Math.min(2 ** bitsOf(Math.min(size + 1, SPANS.length - 1)), high - low - 1);
}

/** The next span of 2^`bits` positions between the two, as far as it lies there. */
function spanAt(bits: number, order: HistoryWanted["order"], low: number, high: number) {
  const length = 2 ** bits;
  const first = order === "asc" ? low + 1 : high - 1;
  const start = Math.floor(first / length) * length;
  return {
    low: Math.max(low, start - 1),
    high: Math.min(high, start + length),
    condition: `span : (${spanToken(bits, first)}) AND `,
  };
}

/** The filter for FTS5. */
async function conditionsOf(read: Read, { accounts, to, from, search }: HistoryFilter): Promise<string> {
  const rare: string[] = [];
  for (const prefix of search?.prefixes ?? []) {
    if ((await pagesOfPrefix(read, prefix)) <= RARE_PAGES) rare.push(`${quoted(prefix)} *`);
  }
  const words = [...(search?.tokens ?? []), ...rare];
  const conditions = [
    `account : (${accounts.map(accountToken).join(" OR ")})`,
    ...(to === null ? [] : [`recipient : (${to.map(recipientToken).join(" OR ")})`]),
    ...(from === null ? [] : [`sender : (${senderToken(from)})`]),
    ...(words.length === 0 ? [] : [`body : (${words.join(" AND ")})`]),
  ];
  return conditions.join(" AND ");
}

function matchesOf(
  matcher: HistoryDeps["matcher"],
  search: NonNullable<HistoryFilter["search"]>,
  messages: readonly StoredMessage[],
): StoredMessage[] {
  const bodies = messages.map(({ message }) => message.body);
  const matching = new Set(matcher.over(bodies, (find) => find(search)));
  return messages.filter((_, i) => matching.has(i));
}
