/** Any text as a search: words that must all occur, phrased for SQLite's FTS5. No input is a syntax error. */
import { wellFormed } from "../message.ts";

/** More words than this narrow nothing down; the first ones count. */
const MOST_WORDS = 16;
/** A shorter beginning stands for so many words that it says nothing. */
const SHORTEST_PREFIX = 3;

export interface Search {
  /** What was asked, for the column `body`: each word as a phrase of its letters and digits. */
  readonly exact: string;
  /**
   * Single tokens, of which each must occur. They find all of `exact` and perhaps more; but where the index leaps
   * from one token to the next within bounds, it would look for a phrase everywhere.
   */
  readonly tokens: readonly string[];
  /** Beginnings of tokens, of which each must occur. The index gathers all that begin so before anything else. */
  readonly prefixes: readonly string[];
  /** Whether what `tokens` find is what was asked, and need not be held against it. */
  readonly isExact: boolean;
}

/**
 * Words are what stands between white space; those without a letter or a digit are left out, and a `*` behind at
 * least three characters stands for any continuation. Null when no word is left.
 */
export function parseSearch(text: string): Search | null {
  const words = wellFormed(text)
    .split(/\s+/u)
    .filter((word) => LETTER.test(word))
    .slice(0, MOST_WORDS)
    .map(parseWord);
  if (words.length === 0) return null;
  return {
    exact: words.map((word) => word.phrase).join(" AND "),
    tokens: [...new Set(words.flatMap((word) => word.tokens))],
    prefixes: words.map((word) => word.prefix).filter((prefix) => prefix !== null),
    isExact: words.every((word) => word.isToken),
  };
}

/** The tokens that stand for an account, a sender and a recipient in their columns of the index. */
export const accountToken = (accountId: number) => `a${accountId}`;
export const senderToken = (from: string) => `f${Buffer.from(from).toString("hex")}`;
export const recipientToken = (to: string) => `t${Buffer.from(to).toString("hex")}`;

const LETTER = /[\p{L}\p{N}]/u;
/** Surely a single token. */
const LETTERS = /^[\p{L}\p{N}\p{M}]+$/u;
/** What surely separates tokens in every Unicode that SQLite may know: ASCII, and the usual marks beyond it. */
const SEPARATORS = /(?:(?![0-9A-Za-z])[\p{ASCII}\u2010-\u2027])+/u;

function parseWord(word: string) {
  const parts = word.split(SEPARATORS).filter((part) => part !== "");
  const pieces = parts.filter((part) => LETTER.test(part));
  const last = pieces.at(-1) ?? "";
  const isPrefix = word.endsWith("*") && [...last].length >= SHORTEST_PREFIX;
  const tokens = isPrefix ? pieces.slice(0, -1) : pieces;
  return {
    phrase: quoted(word) + (isPrefix ? " *" : ""),
    tokens: tokens.map(quoted),
    prefix: isPrefix && LETTERS.test(last) ? last : null,
    isToken: !isPrefix && parts.length === 1,
  };
}

/** Within quotes FTS5 knows no operator. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
