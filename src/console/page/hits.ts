/** What of a text a search has found, marked where it stands; by the search's own rule for what is alike. */
import { plain } from "../../search/fold.ts";
import { element } from "./dom.ts";

/** Each becomes an element: more of them in one text show nothing. */
const MAX_MARKS = 200;
/** UTF-16 units of a text that are looked at, as many as the search looks at: some 10 ms. */
const MAX_TEXT = 65_536;
/** One pass over a text: nothing follows that could fail. */
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts without spaces, in which a hit may begin anywhere. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

/** What is marked: each stands whole, and those of `beginnings` may go on. */
export interface Hits {
  readonly words: ReadonlySet<string>;
  readonly beginnings: readonly string[];
}

export const NO_HITS: Hits = { words: new Set(), beginnings: [] };

/** Of what the server was asked: a `*` behind a word stands for its continuations. Linear in the length of `q`. */
export function hitsOf(q: string): Hits {
  const words = new Set<string>();
  const beginnings: string[] = [];
  for (const part of q.split(/\s+/)) {
    const found = part.match(WORDS) ?? [];
    for (const [i, word] of found.entries()) {
      if (UNSPACED.test(word) || (i === found.length - 1 && part.endsWith("*"))) beginnings.push(plain(word));
      else words.add(plain(word));
    }
  }
  return { words, beginnings };
}

/** The text in parts, those that were found as `mark`. */
export function marked(text: string, { words, beginnings }: Hits): (Node | string)[] {
  if (words.size + beginnings.length === 0) return [text];
  const parts: (Node | string)[] = [];
  let from = 0;
  let marks = 0;
  for (const { 0: word, index } of text.slice(0, MAX_TEXT).matchAll(WORDS)) {
    const [start, length] = place(word, words, beginnings);
    if (length === 0) continue;
    if (++marks > MAX_MARKS) break;
    const at = index + start;
    parts.push(text.slice(from, at), element("mark", {}, text.slice(at, at + length)));
    from = at + length;
  }
  return [...parts, text.slice(from)];
}

/** Where in the word the hit stands, and how long it is: 0 where there is none. */
function place(word: string, words: ReadonlySet<string>, beginnings: readonly string[]): [number, number] {
  const form = plain(word);
  if (words.has(form)) return [0, word.length];
  const isAnywhere = UNSPACED.test(word);
  for (const beginning of beginnings) {
    const at = isAnywhere ? form.indexOf(beginning) : form.startsWith(beginning) ? 0 : -1;
    if (beginning === "" || at < 0) continue;
    // Where the plain form is longer or shorter, nobody knows which letters those are.
    return form.length === word.length ? [at, beginning.length] : [0, word.length];
  }
  return [0, 0];
}
