/** Which spans the next statement asks of. */
import type { Span } from "./spans.ts";

/** Seqs between `low` and `high`, neither included; no other span holds any of these. */
export interface Window {
  readonly spans: readonly Span[];
  readonly low: number;
  readonly high: number;
}

/** What a statement asks of each span. */
export interface ConditionShape {
  /** Lists that FTS5 opens, some 20 µs for each. */
  readonly lists: number;
  /** How many of them it joins: it may then look at all that the spans hold. One alone is read no further than needed. */
  readonly joined: number;
}

/** Of one statement: some 10 ms. */
const MAX_LISTS = 512;
/** Tokens that a statement may look at, some 4 ns for each: 25 ms. */
const MAX_LOOKED_AT = 6_000_000;

/** Of the spans, which are in no order, those that `order` meets first come first. */
export function inOrder(spans: readonly Span[], order: "asc" | "desc"): Span[] {
  return [...spans].sort((a, b) => (order === "asc" ? a.first - b.first : b.last - a.last));
}

/**
 * The next of `spans` ({@link inOrder}) between `low` and `high`: at most `most`, unless more of them hold messages at
 * the edge. Null when those are more than one statement may ask.
 */
export function nextWindow(
  spans: readonly Span[],
  low: number,
  high: number,
  order: "asc" | "desc",
  most: number,
  { lists, joined }: ConditionShape,
): Window | null {
  const left = spans.filter(({ first, last }) => last > low && first < high);
  const taken: Span[] = [];
  let lookedAt = 0;
  for (const span of left) {
    const isAtEdge = order === "asc" ? span.first <= low + 1 : span.last >= high - 1;
    lookedAt += joined > 1 ? span.tokens * joined : 0;
    const fits = (taken.length + 1) * lists <= MAX_LISTS && (taken.length === 0 || lookedAt <= MAX_LOOKED_AT);
    if (fits && (isAtEdge || taken.length < most)) {
      taken.push(span);
      continue;
    }
    if (isAtEdge) return null;
    return order === "asc"
      ? { spans: taken, low, high: Math.min(high, span.first) }
      : { spans: taken, low: Math.max(low, span.last), high };
  }
  return { spans: taken, low, high };
}
