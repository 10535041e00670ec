/** The words of a text: the same from the index, from memory and from a question. */
import { expect, test } from "bun:test";
import { wordsOf } from "../../src/search/words.ts";

test("words are letters and digits in lower case, and nothing else", () => {
  expect(wordsOf("Hello, World! It's 9:15 – call +1 (415) 555-1234.")).toEqual(
    "hello world it s 9 15 call 1 415 555 1234".split(" "),
  );
  expect(wordsOf(" \u200d🙏🏽 … \u0301")).toEqual([]);
  expect(wordsOf("日本語 한국어 العربية")).toEqual(["日本語", "한국어", "العربية"]);
});

test("whatever a letter is made into, it stays", () => {
  const letters = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code >> 11 !== 27);
  const unstable = letters.filter((code) => {
    const words = wordsOf(`a${String.fromCodePoint(code)}b`).join(" ");
    return wordsOf(words).join(" ") !== words || wordsOf(words.toUpperCase()).join(" ") !== words;
  });
  expect(unstable).toEqual([]);
}, 60_000);
