/** The words of a text, as search knows them: one rule for what is stored, what is in memory, and what is asked. */

/** UTF-16 units of a text that search looks at. Texts have hundreds; the largest body of a webhook has a million. */
export const SEARCHED_TEXT = 65_536;
/** UTF-16 units of a word that count: what has more is no word that anybody types. */
const LONGEST_WORD = 64;

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
const ASCII = /^\p{ASCII}*$/u;
/**
 * Accents, the vowel points of Hebrew and Arabic, and what makes an emoji of a digit: nobody types them into a search.
 * Other marks are letters of their scripts.
 */
const POINTS = /[\u0300-\u036f]|[\u0591-\u05c7]|[\u064b-\u065f]|\u0670|[\u20d0-\u20ff]|[\ufe00-\ufe0f]/gu;

/** In the order in which they stand. Each is in lower case, without accents, and in its plainest letters. */
export function wordsOf(text: string): string[] {
  const words = plain(text.slice(0, SEARCHED_TEXT)).match(WORD) ?? [];
  return words.map((word) =>
    word.length > LONGEST_WORD ? word.slice(0, LONGEST_WORD).toWellFormed() : word,
  );
}

function plain(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // NFKC has one form for what looks alike: ligatures, wide letters, the bold ones that are no bold letters. There
  // and back between the cases, because some letters have two lower ones, or two upper letters for one.
  const folded = text.normalize("NFKD").replace(POINTS, "").toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll("ς", "σ").normalize("NFKC");
}
