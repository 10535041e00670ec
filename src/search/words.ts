/** The words of a text, as search knows them: one rule for what is stored, what is in memory, and what is asked. */
import { plain } from "./fold.ts";

/** UTF-16 units of a text that search looks at. Texts have hundreds; the largest body of a webhook has a million. */
export const SEARCHED_TEXT = 65_536;
/** UTF-16 units of a word that count: what has more is no word that anybody types. */
const MAX_WORD = 64;

/** Letters of scripts that put no space between words, and of Korean, which puts particles behind them without one. */
const UNSPACED = String.raw`[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&[\p{L}\p{Nl}]]`;
/** A letter with its vowel signs and tones, and in Khmer and Myanmar with the letters that stand below it. */
const CLUSTER = String.raw`${UNSPACED}(?:\u{17d2}[\p{sc=Khmr}&&\p{L}]|\u{1039}[\p{sc=Mymr}&&\p{L}]|\p{M})*`;
/** Of such letters. Written flat: with a group in it, the pattern takes forty times as long. */
const RUN = String.raw`${UNSPACED}[${UNSPACED}\p{M}]*`;
const SPACED = String.raw`[[\p{L}\p{N}]--${UNSPACED}][[\p{L}\p{N}\p{M}]--${UNSPACED}]*`;
/** A flag is two letters. What is joined into one emoji is several words; the colour of a skin is none. */
const EMOJI = String.raw`[\u{1f1e6}-\u{1f1ff}]{1,2}|\p{Extended_Pictographic}`;

// Each class excludes the next one, and nothing follows that could fail: no character is looked at twice.
const PARTS = new RegExp(`${RUN}|${SPACED}|${EMOJI}`, "gv");
const BEGINS_RUN = new RegExp(`^${UNSPACED}`, "v");
/** No letter of these scripts comes before Thai's first. */
const FIRST_UNSPACED = 0xe00;
const CLUSTERS = new RegExp(CLUSTER, "gv");
const MARK = /\p{M}/u;

/** What one search asks for between two spaces. */
export interface Phrase {
  /** They stand together, in this order. */
  readonly words: readonly string[];
  /** Whether the last word stands for any continuation of it. */
  readonly isBeginning: boolean;
}

/** Of {@link phraseOf}: a shorter beginning stands for so many words that it says nothing. */
const MIN_BEGINNING = 3;

/**
 * In the order in which they stand. Each is in lower case, without accents, and in its plainest letters. A run of
 * letters of a script without spaces is cut into pairs, each of which begins with the letter in which the one before
 * ended; the last letter is a word by itself. Linear in the text's length: some 10 ms for the longest.
 */
export function wordsOf(text: string): string[] {
  return takeApart(text).words;
}

/** What is asked for without a space between; null where it holds no word. */
export function phraseOf(text: string): Phrase | null {
  const { words, run } = takeApart(text);
  const last = words.at(-1);
  if (last === undefined) return null;
  // The text may go on behind a run. Its last letter stands in the pair before already, or begins one.
  if (run > 1) return { words: words.slice(0, -1), isBeginning: false };
  const isBeginning = text.endsWith("*") && [...last].length >= MIN_BEGINNING;
  return { words, isBeginning: run === 1 || isBeginning };
}

/** The words, and how many letters the run has that is the last part of the text; 0 where that is none. */
function takeApart(text: string): { readonly words: string[]; readonly run: number } {
  const words: string[] = [];
  let run = 0;
  // A single character may stand for eighteen: what becomes of the text is cut, too.
  const parts = plain(text.slice(0, SEARCHED_TEXT)).slice(0, SEARCHED_TEXT).match(PARTS) ?? [];
  for (const part of parts) {
    const isRun = part.charCodeAt(0) >= FIRST_UNSPACED && BEGINS_RUN.test(part);
    run = isRun ? pushPairs(words, part) : 0;
    if (!isRun) words.push(shortened(part));
  }
  return { words, run };
}

function pushPairs(words: string[], run: string): number {
  const starts = startsOf(run);
  for (const [i, start] of starts.entries()) words.push(shortened(run.slice(start, starts[i + 2])));
  return starts.length;
}

/** Where each letter of a run begins. Most runs have no marks, and need no pattern. */
function startsOf(run: string): number[] {
  const starts: number[] = [];
  if (MARK.test(run)) for (const { index } of run.matchAll(CLUSTERS)) starts.push(index);
  else for (let at = 0; at < run.length; at += isPair(run, at) ? 2 : 1) starts.push(at);
  return starts;
}

/** Whether the character there takes two units. */
function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function shortened(word: string): string {
  return word.length > MAX_WORD ? word.slice(0, MAX_WORD).toWellFormed() : word;
}
