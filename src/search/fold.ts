/** The plainest form of a text: what looks alike, or is written alike without the right keyboard, becomes the same. */

const ASCII = /^\p{ASCII}*$/u;
/**
 * A letter with more marks than this is no letter of any script. Normalization sorts the marks of one letter in
 * quadratic time (ICU; 65,536 of them: 20 s), so longer runs are cut before it. The two half-width voicing marks of
 * katakana become marks by it.
 */
const MANY_MARKS = /([\p{M}\u{ff9e}\u{ff9f}]{8})[\p{M}\u{ff9e}\u{ff9f}]+/gv;
/**
 * Accents, the vowel points of Hebrew and Arabic, the stroke that stretches Arabic words, what is invisible (joiners,
 * selectors, soft hyphens), and what makes an emoji of a digit: nobody types them into a search. Other marks are letters
 * of their scripts.
 */
const POINTS =
  /[\u{300}-\u{36f}\u{591}-\u{5c7}\u{640}\u{64b}-\u{65f}\u{670}\u{6d6}-\u{6dc}\u{6df}-\u{6e4}\u{6e7}\u{6e8}\u{6ea}-\u{6ed}\u{20d0}-\u{20ff}\p{Default_Ignorable_Code_Point}]/gv;
/** Letters that Unicode does not take for one with an accent, and people without the right keyboard do. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ ς: "σ", đ: "d", ð: "d", ł: "l", ø: "o", æ: "ae", œ: "oe", þ: "th", ħ: "h", ŧ: "t", ŋ: "n", ĸ: "k" },
  ...{ ɓ: "b", ɖ: "d", ɗ: "d", ƒ: "f", ɣ: "g", ƙ: "k", ƴ: "y", ɨ: "i", ʉ: "u", ɛ: "e", ɔ: "o", ə: "e" },
  // Keyboards of Persian, Urdu and Arabic write these differently; and letters that are apostrophes (Ukrainian пʼять).
  ...{ "\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643", "\u0671": "\u0627" },
  ...Object.fromEntries([..."\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8"].map((sign) => [sign, "'"])),
};
const LOOKALIKE = new RegExp(`[${Object.keys(LOOKALIKES).join("")}]`, "g");
/**
 * Signs that normalization would make punctuation of, or letters of the word before them: `Name™` is found by `name`,
 * as `Name®` is, and each of them by itself.
 */
const SIGN = /[\u{203c}\u{2049}\u{2120}\u{2122}\u{2139}\u{24c2}]|[#*]\u{fe0f}?\u{20e3}/gv;
const SIGNS: Readonly<Record<string, string>> = {
  ...{ "\u203c": "❗❗", "\u2049": "❗❓", "#": "🔣", "*": "✳" },
  ...{ "\u2120": " sm ", "\u2122": " tm ", "\u2139": " i ", "\u24c2": " m " },
};
/** A syllable of Korean becomes three letters, and a few signs eighteen: of many of these the rest is left out. */
const MAX_GROWTH = 4;
const SHORT_TEXT = 10_000;
const OTHER_DIGIT = /[\p{Nd}--[0-9]]/gv;

/** In lower case, without accents and invisible characters, with the digits 0 to 9. Linear in the text's length. */
export function plain(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // NFKC has one form for what looks alike: ligatures, wide letters, the bold ones that are no bold letters. There
  // and back between the cases, because some letters have two lower ones, or two upper letters for one.
  return text
    .replace(SIGN, ([sign = ""]) => SIGNS[sign] ?? sign)
    .replace(MANY_MARKS, "$1")
    .normalize("NFKD")
    .slice(0, SHORT_TEXT + MAX_GROWTH * text.length)
    .replace(POINTS, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(LOOKALIKE, (letter) => LOOKALIKES[letter] ?? letter)
    .replace(OTHER_DIGIT, digitOf)
    .normalize("NFKC");
}

/** The digits of a script stand one behind the other, from zero to nine. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}
