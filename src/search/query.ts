/** Any text as a search: words that must all occur. No input is a syntax error. */
import { wordsOf } from "./words.ts";

/** More than this narrow nothing down; the first ones count. */
const MOST_PHRASES = 16;
/** A shorter beginning stands for so many words that it says nothing. */
const SHORTEST_BEGINNING = 3;

/** What was written without a space between: words that must stand together. */
export interface Phrase {
  readonly words: readonly string[];
  /** Whether the last word stands for any continuation of it. */
  readonly isBeginning: boolean;
}

export interface Search {
  /** Each must occur. */
  readonly phrases: readonly Phrase[];
}

/**
 * What stands between white space is a phrase; one without a letter or a digit is left out, and a `*` behind at least
 * three characters stands for any continuation. Null when none is left.
 */
export function parseSearch(text: string): Search | null {
  const phrases = text
    .split(/\s+/u)
    .map(parsePhrase)
    .filter((phrase) => phrase !== null)
    .slice(0, MOST_PHRASES);
  return phrases.length > 0 ? { phrases } : null;
}

/** Whether a text with these words, in this order, is found. */
export function finds({ phrases }: Search, words: readonly string[]): boolean {
  return phrases.every((phrase) => words.some((_, at) => standsAt(phrase, words, at)));
}

function parsePhrase(text: string): Phrase | null {
  const words = wordsOf(text);
  const last = words.at(-1);
  if (last === undefined) return null;
  return { words, isBeginning: text.endsWith("*") && [...last].length >= SHORTEST_BEGINNING };
}

function standsAt({ words: wanted, isBeginning }: Phrase, words: readonly string[], at: number): boolean {
  const last = wanted.length - 1;
  return wanted.every((word, i) => {
    const there = words[at + i];
    return i === last && isBeginning ? there?.startsWith(word) : there === word;
  });
}
