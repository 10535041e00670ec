/** Any text as a search: phrases that must all occur. No input is a syntax error. */
import { type Phrase, phraseOf } from "./words.ts";

/** More than this narrow nothing down; the first ones count. */
const MAX_PHRASES = 16;
/** White space; what is invisible as well belongs to the words, and is left out of them. */
const SPACE = /[\s--\u{feff}]+/v;

export interface Search {
  /** Each must occur. No two are alike. */
  readonly phrases: readonly Phrase[];
}

/** What stands between white space is a phrase; one without a word is left out. Null when none is left. */
export function parseSearch(text: string): Search | null {
  const phrases = new Map<string, Phrase>();
  for (const part of text.split(SPACE)) {
    const phrase = phraseOf(part);
    if (phrase) phrases.set(`${phrase.words.join(" ")}${phrase.isBeginning ? "*" : ""}`, phrase);
  }
  return phrases.size > 0 ? { phrases: [...phrases.values()].slice(0, MAX_PHRASES) } : null;
}
