/** A text that searches are held against: taken apart once, for all of them. */

import { searchedWords } from "./fields.ts";
import type { Search } from "./query.ts";
import type { Phrase } from "./words.ts";

export class SearchedText {
  /** Each word has a number: comparing two costs the same however long they are. */
  readonly #ids = new Map<string, number>();
  readonly #words: Uint32Array;

  /** Some 20 ms for the longest texts there are. */
  constructor(message: { readonly subject?: string | null | undefined; readonly body: string }) {
    const words = searchedWords(message);
    this.#words = new Uint32Array(words.length);
    for (const [at, word] of words.entries()) {
      const id = this.#ids.get(word) ?? this.#ids.size;
      if (id === this.#ids.size) this.#ids.set(word, id);
      this.#words[at] = id;
    }
  }

  /** Words of it, near enough what it takes in memory. */
  get size(): number {
    return this.#words.length;
  }

  /** Linear in the text and the search, whatever they are: at most {@link Search.phrases} looks through the text. */
  isFoundBy({ phrases }: Search): boolean {
    return phrases.every((phrase) => this.#holds(phrase));
  }

  #holds({ words, isBeginning }: Phrase): boolean {
    const whole = isBeginning ? words.slice(0, -1) : words;
    const ids: number[] = [];
    for (const word of whole) {
      const id = this.#ids.get(word);
      if (id === undefined) return false;
      ids.push(id);
    }
    if (!isBeginning) return ids.length === 1 || this.#stands(ids, null);
    const beginning = words.at(-1) ?? "";
    const continued = new Set<number>();
    for (const [word, id] of this.#ids) if (word.startsWith(beginning)) continued.add(id);
    return continued.size > 0 && (ids.length === 0 || this.#stands(ids, continued));
  }

  /** Whether these words stand together, one of `next` behind them if given: Knuth, Morris and Pratt's search. */
  #stands(ids: readonly number[], next: ReadonlySet<number> | null): boolean {
    const back = fallbacks(ids);
    let matched = 0;
    for (const [at, word] of this.#words.entries()) {
      while (matched > 0 && ids[matched] !== word) matched = back[matched - 1] ?? 0;
      if (ids[matched] === word) matched++;
      if (matched < ids.length) continue;
      if (next === null || next.has(this.#words[at + 1] ?? NONE)) return true;
      matched = back[matched - 1] ?? 0;
    }
    return false;
  }
}

/** No word has this number. */
const NONE = -1;

/** For each beginning of the list the length of the longest shorter one that it ends in. */
function fallbacks(ids: readonly number[]): number[] {
  const back = [0];
  for (let at = 1, matched = 0; at < ids.length; at++) {
    while (matched > 0 && ids[matched] !== ids[at]) matched = back[matched - 1] ?? 0;
    if (ids[matched] === ids[at]) matched++;
    back.push(matched);
  }
  return back;
}
