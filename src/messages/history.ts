/**
 * Pages of what was stored, in either order, for those who may see it. Each page says of which moment it is: what is
 * stored later has a later position. A page that holds less than was asked for says where to go on.
 */
import type { Read } from "../database/connection.ts";
import type { StoredMessage } from "../message.ts";
import type { Indexer } from "../search/indexer.ts";
import type { Search } from "../search/query.ts";
import { searchHistory } from "./find.ts";
import { type Order, readHits } from "./hits.ts";
import { MERGED_SELECTS, type Sight } from "./page.ts";

export interface HistoryFilter extends Sight {
  readonly from: string | null;
  readonly search: Search | null;
}

export interface HistoryWanted {
  readonly filter: HistoryFilter;
  readonly order: Order;
  /** Only what comes after this seq … */
  readonly after: number;
  /** … and before this one. */
  readonly before: number;
  readonly limit: number;
}

export interface HistoryPage {
  /** In the order that was asked for. */
  readonly messages: readonly StoredMessage[];
  /** The seq up to which was looked, itself included when it is a message's; null when nothing is left. */
  readonly next: number | null;
  /** The page holds nothing that was stored later, and leaves out nothing that was stored before. */
  readonly position: number;
}

export interface HistoryDeps {
  readonly readAside: Read;
  readonly indexer: Indexer;
}

/** What comes after any position. */
export const BEYOND = Number.MAX_SAFE_INTEGER;
/** An account and a number are looked up each by itself up to so many; beyond that the full-text index does it. */
const MOST_SELECTS = 10 * MERGED_SELECTS;

/** Throws the fault `unavailable` when the search index, where it is needed, is not up to date in time. */
export async function readHistory(deps: HistoryDeps, wanted: HistoryWanted): Promise<HistoryPage> {
  const { accounts, to, from, search } = wanted.filter;
  const isListing = from === null && search === null && accounts.length * (to?.length ?? 1) <= MOST_SELECTS;
  return isListing ? listHistory(deps.readAside, wanted) : searchHistory(deps, wanted);
}

/** One select for each account (and number), which SQLite merges straight from the index. */
async function listHistory(read: Read, wanted: HistoryWanted): Promise<HistoryPage> {
  const { filter, order, after, before, limit } = wanted;
  const selects = filter.accounts.flatMap((account) =>
    filter.to === null
      ? [{ where: "account_id = ?", args: [account] }]
      : filter.to.map((number) => ({ where: `"to" = ? AND account_id = ?`, args: [number, account] })),
  );
  const isBefore = (a: number, b: number) => (order === "asc" ? a < b : a > b);
  const found: StoredMessage[] = [];
  let edge: number | null = null;
  let position = BEYOND;
  for (let at = 0; at < selects.length || at === 0; at += MERGED_SELECTS) {
    const merged = selects.slice(at, at + MERGED_SELECTS);
    const seqs = merged.map(({ where }) => `SELECT seq FROM messages WHERE ${where} AND seq > ? AND seq < ?`);
    const hits = {
      sql: `${seqs.join(" UNION ALL ") || "SELECT seq FROM messages WHERE 0"} ORDER BY seq ${order} LIMIT ?`,
      args: [...merged.flatMap(({ args }) => [...args, after, before]), limit + 1],
    };
    const page = await readHits(read, hits, order);
    found.push(...page.messages);
    position = Math.min(position, page.position);
    const last = page.messages.at(-1)?.seq;
    // A select that was cut has said nothing about what lies behind its last row.
    const isCut = page.found > page.messages.length || page.found > limit;
    if (isCut && last !== undefined && (edge === null || isBefore(last, edge))) edge = last;
  }
  const cut = edge;
  const known = found
    .filter(({ seq }) => seq <= position && (cut === null || !isBefore(cut, seq)))
    .sort((a, b) => (isBefore(a.seq, b.seq) ? -1 : 1));
  const messages = known.slice(0, limit);
  return { messages, next: known.length > limit ? (messages.at(-1)?.seq ?? null) : edge, position };
}
