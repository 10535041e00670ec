/** What of a filter the index is asked for: as much as one statement can bear. The rest is held against the texts. */
import type { Prefixes } from "./prefixes.ts";
import type { Search } from "./query.ts";
import type { Span } from "./spans.ts";
import { recipientToken, senderToken, spanToken, wordToken } from "./tokens.ts";
import type { ConditionShape } from "./window.ts";
import type { Phrase } from "./words.ts";

/** Words that a statement asks each span for. More narrow little down, and FTS5 looks at the lists of all. */
const MAX_WORDS = 16;
/** Numbers that a statement asks each span for. More are most of what an account has. */
const MAX_RECIPIENTS = 8;

/** What is wanted of visible messages: narrowed by what is not null. */
export interface Wanted {
  readonly to: readonly string[] | null;
  readonly from: string | null;
  readonly search: Search | null;
}

export interface Condition extends ConditionShape {
  readonly from: string | null;
  readonly to: readonly string[];
  /** Words that stand together, without what stands for its continuations. */
  readonly phrases: readonly (readonly string[])[];
  /** Each alone stands for its continuations. */
  readonly prefixes: readonly string[];
  /** Whether all that it finds is wanted, and need not be held against the filter. */
  readonly isExact: boolean;
}

/** At most `maxWords` of the words, and nothing else that would have to be joined with a single one. */
export function conditionOf({ to, from, search }: Wanted, maxWords = MAX_WORDS): Condition {
  const isSingle = maxWords === 1;
  const recipients = to !== null && to.length <= MAX_RECIPIENTS && !isSingle ? to : [];
  const wanted = search?.phrases ?? [];
  const phrases: (readonly string[])[] = [];
  let left = isSingle && from !== null ? 0 : maxWords;
  for (const phrase of wanted) {
    const words = wholeWords(phrase).slice(0, left);
    if (words.length > 0) phrases.push(words);
    left -= words.length;
  }
  const prefixes = isSingle
    ? []
    : wanted.flatMap(({ words, isBeginning }) => (isBeginning && words.length === 1 ? words : []));
  const asked = phrases.flat().length + (from === null ? 0 : 1);
  const isExact =
    !isSingle &&
    left > 0 &&
    recipients.length === (to?.length ?? 0) &&
    wanted.every(({ words, isBeginning }) => !isBeginning || words.length === 1);
  return {
    ...{ from, to: recipients, phrases, prefixes, isExact },
    joined: asked + prefixes.length + (recipients.length > 0 ? 1 : 0),
    lists: Math.max(1, asked + recipients.length),
  };
}

/**
 * For FTS5's MATCH: what is asked of these spans; null when none of them can hold it. `known` are the words that the
 * prefixes stand for in each span; where there are too many of them they are not asked for.
 */
export function expressionOf(condition: Condition, spans: readonly Span[], known: Prefixes): string | null {
  const conditions = spans.flatMap(({ id }) => conditionsOf(condition, id, known) ?? []);
  return conditions.length === 0 ? null : conditions.join(" OR ");
}

/** Null when the span holds no word of one of the prefixes. */
function conditionsOf(condition: Condition, span: number, known: Prefixes): string | null {
  const conditions = condition.phrases.map((words) => quoted(words.map((word) => wordToken(span, word))));
  if (condition.from !== null) conditions.push(quoted([senderToken(span, condition.from)]));
  if (condition.to.length > 0) conditions.push(anyOf(condition.to.map((to) => recipientToken(span, to))));
  for (const prefix of condition.prefixes) {
    const tokens = known.of(span, prefix);
    if (tokens?.length === 0) return null;
    if (tokens) conditions.push(anyOf(tokens));
  }
  return conditions.length === 0 ? quoted([spanToken(span)]) : `(${conditions.join(" AND ")})`;
}

function wholeWords({ words, isBeginning }: Phrase): readonly string[] {
  return isBeginning ? words.slice(0, -1) : words;
}

function anyOf(tokens: readonly string[]): string {
  return `(${tokens.map((token) => quoted([token])).join(" OR ")})`;
}

/** One behind the other. Tokens hold letters, digits and emoji; within quotes FTS5 takes none for an operator. */
function quoted(tokens: readonly string[]): string {
  return `"${tokens.join(" ")}"`;
}
