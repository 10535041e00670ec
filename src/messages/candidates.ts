/**
 * Where the next messages that a filter may find are: a select of bounded cost, whatever is asked for and however much
 * is stored, and the part of the stream that it speaks of.
 */

import type { Read } from "../database/result.ts";
import { conditionOf, expressionOf } from "../search/condition.ts";
import { Prefixes } from "../search/prefixes.ts";
import type { Span } from "../search/spans.ts";
import { nextWindow } from "../search/window.ts";
import type { HistoryFilter } from "./historyquery.ts";
import type { Order, SeqSelect } from "./hits.ts";

/** What is left to look through lies between these seqs. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Candidates extends Range {
  /** Finds all that may be wanted between `low` and `high`, or the first `limit` of it; null when that is nothing. */
  readonly select: SeqSelect | null;
  readonly limit: number;
  /** Whether all that it finds is wanted. */
  readonly isExact: boolean;
}

/** Where what is found is held against the filter, so many are at once: a millisecond or two. */
const CHECKED_ROWS = 200;
/** Seqs that are looked through without the index at first, and later when they held little: 1 to 15 ms. */
const MIN_SCANNED = 4_096;
const MAX_SCANNED = 65_536;
/** Beyond these not even the spans of all accounts are read. */
export const MAX_ACCOUNTS_WITH_SPANS = 1_000;

/**
 * The next part of `range` in its order. `spans` are those of the filter's accounts ({@link inOrder}); null where the
 * messages themselves are looked through. `step` counts the parts so far: later ones are larger, because so little
 * was found.
 */
export async function nextCandidates(
  read: Read,
  filter: HistoryFilter,
  spans: readonly Span[] | null,
  range: Range,
  order: Order,
  step: number,
  limit: number,
): Promise<Candidates> {
  const checked = Math.max(CHECKED_ROWS, limit);
  if (spans !== null) {
    for (const condition of [conditionOf(filter), conditionOf(filter, 1)]) {
      const window = nextWindow(
        spans,
        range.low,
        range.high,
        order,
        mostSpans(step, condition.prefixes.length),
        condition,
      );
      if (!window) continue;
      const { low, high } = window;
      const known = await Prefixes.read(read, window.spans, condition.prefixes);
      const isExact = condition.isExact && known.areKnown;
      const rows = isExact ? limit : checked;
      const expression = expressionOf(condition, window.spans, known);
      const select = expression === null ? null : searchSelect(expression, low, high, order, rows);
      return { low, high, select, limit: rows, isExact };
    }
  }
  const scanned = Math.min(MAX_SCANNED, MIN_SCANNED * 2 ** step);
  const low = order === "asc" ? range.low : Math.max(range.low, range.high - scanned);
  const high = order === "asc" ? Math.min(range.high, range.low + scanned) : range.high;
  const select = scanSelect(filter.accounts, low, high, order, checked);
  return { low, high, select, limit: checked, isExact: false };
}

/** One at first, where most searches find what they ask for; prefixes are looked up in each by itself. */
function mostSpans(step: number, prefixes: number): number {
  return Math.min(
    4 ** step,
    prefixes === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(64 / prefixes)),
  );
}

// FTS5 leaps to the bounds only where they are integers, and numbers are bound as REAL.
function searchSelect(expression: string, low: number, high: number, order: Order, limit: number): SeqSelect {
  const sql = `SELECT rowid AS seq FROM messages_search WHERE messages_search MATCH ?
      AND rowid > CAST(? AS INTEGER) AND rowid < CAST(? AS INTEGER) ORDER BY rowid ${order} LIMIT ?`;
  return { sql, args: [expression, low, high, limit] };
}

// The plus keeps SQLite from looking up, and then sorting, all that each account has there.
function scanSelect(
  accounts: readonly number[],
  low: number,
  high: number,
  order: Order,
  limit: number,
): SeqSelect {
  const sql = `SELECT seq FROM messages WHERE seq > ? AND seq < ?
      AND +account_id IN (SELECT value FROM json_each(?)) ORDER BY seq ${order} LIMIT ?`;
  return { sql, args: [low, high, JSON.stringify(accounts), limit] };
}
