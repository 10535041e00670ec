/** The words of a text: the same from the index, from memory and from a question. */
import { expect, test } from "bun:test";
import { plain } from "../../src/search/fold.ts";
import { parseSearch } from "../../src/search/query.ts";
import { SearchedText } from "../../src/search/searchedtext.ts";
import { wordsOf } from "../../src/search/words.ts";

test("words are letters and digits in lower case, and nothing else", () => {
  expect(wordsOf("Hello, World! It's 9:15 – call +1 (415) 555-1234.")).toEqual(
    "hello world it s 9 15 call 1 415 555 1234".split(" "),
  );
  expect(wordsOf(" \u200d … \u0301")).toEqual([]);
  expect(wordsOf("العربية हिन्दी עברית ελληνικά")).toEqual(["العربية", "हिन्दी", "עברית", "ελληνικα"]);
});

test("scripts without spaces are cut into pairs, and digits beside them are a word", () => {
  expect(wordsOf("您的验证码555123，请")).toEqual("您的 的验 验证 证码 码 555123 请".split(" "));
  expect(wordsOf("日本語 한국어")).toEqual("日本 本語 語 한국 국어 어".split(" "));
  // Marks stay with their letter, and what stands below one in Khmer with that.
  expect(wordsOf("ที่กิน")).toEqual(["ที่กิ", "กิน", "น"]);
  expect(wordsOf("ខ្មែរ")).toEqual(["ខ្មែរ", "រ"]);
});

test("a name is found whether or not it bears a mark", () => {
  for (const mark of ["™", "®", "℠", "©"])
    for (const asked of ["inlet", `Inlet${mark}`, mark]) {
      const search = parseSearch(asked);
      expect(search && new SearchedText({ body: `Inlet${mark} says` }).isFoundBy(search), asked).toBe(true);
    }
});

test("every emoji that a keyboard has is a search, which finds it in either presentation", () => {
  const all = Array.from({ length: 0x1fb00 }, (_, code) => String.fromCodePoint(code)).filter((sign) =>
    /^(?!\p{Emoji_Modifier}|[#*])\p{Emoji}$/u.test(sign),
  );
  const emoji = [...all, "#\ufe0f\u20e3", "*\ufe0f\u20e3", "*\u20e3"];
  for (const sign of emoji)
    for (const asked of [sign, `${sign}\ufe0f`]) {
      const search = parseSearch(asked);
      expect(search, sign).not.toBeNull();
      const bodies = /[0-9]/.test(sign) ? [] : [`see${sign}`, `見て${sign}\ufe0f`];
      for (const body of [sign, `see ${sign}\ufe0f there`, ...bodies])
        expect(search && new SearchedText({ body }).isFoundBy(search), `${asked} in ${body}`).toBe(true);
    }
});

test("an emoji is a word, whatever its colour, and a flag is one", () => {
  expect(wordsOf("ok👍🏽 👩‍💻❤️🇩🇪🇫🇷 🇩")).toEqual(["ok", "👍", "👩", "💻", "❤", "🇩🇪", "🇫🇷", "🇩"]);
});

test("no text takes long to be taken apart", () => {
  const letters = [
    "a ",
    "é",
    "开",
    "한",
    "ﷺ",
    "กิ",
    "👍",
    "\u0301\u0316",
    "a\u0301\u0316\u0345",
    "ﾞ\u0316\u0301",
    "🇩",
    "្រ",
  ];
  for (const letter of letters) {
    const text = letter.repeat(70_000 / letter.length);
    const before = process.cpuUsage();
    wordsOf(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, JSON.stringify(letter)).toBeLessThan(200);
  }
});

test("what becomes a mark by normalization is counted as one before it", () => {
  const letters = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code >> 11 !== 27);
  const becomesMark = letters
    .map((code) => String.fromCodePoint(code))
    .filter((letter) => !/\p{M}/u.test(letter) && /^\p{M}+$/u.test(letter.normalize("NFKD")));
  expect(becomesMark).toEqual(["\uff9e", "\uff9f"]);
});

test("whatever a letter is made into, it stays", () => {
  const letters = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code >> 11 !== 27);
  const unstable = letters.filter((code) => {
    const once = plain(`a${String.fromCodePoint(code)}b`);
    return plain(once) !== once || plain(once.toUpperCase()) !== once;
  });
  expect(unstable).toEqual([]);
}, 60_000);
