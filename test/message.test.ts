/** The rules for texts from outside: well-formed and whole in the database, numbers never whole in a log. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { masked, wellFormed } from "../src/message.ts";

/** Any UTF-16 units, NUL and halves of surrogate pairs often among them. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\0", "\uD83D", "\uDE00", "\u{1F600}"),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  ),
});

test("NUL and each half of a surrogate pair become U+FFFD", () => {
  expect(wellFormed("a\0b")).toBe("a\uFFFDb");
  expect(wellFormed("\0\0")).toBe("\uFFFD\uFFFD");
  expect(wellFormed("\uD83D")).toBe("\uFFFD");
  expect(wellFormed("\uDE00\uD83D")).toBe("\uFFFD\uFFFD");
  expect(wellFormed("x\uD83D\0\u{1F600}")).toBe("x\uFFFD\uFFFD\u{1F600}");
});

test("a well-formed text without NUL is not altered", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (text.isWellFormed() && !text.includes("\0")) expect(wellFormed(text)).toBe(text);
    }),
  );
  for (const text of ["", " \r\n\t", "\u0001\u007F\u0080", "\uFEFF", "\uFFFD\uFFFE\uFFFF", "👩‍🚀", "e\u0301"])
    expect(wellFormed(text)).toBe(text);
});

test("whatever comes, the result survives UTF-8, keeps its length and is not altered again", () => {
  fc.assert(
    fc.property(text, (text) => {
      const result = wellFormed(text);
      expect(result.isWellFormed()).toBe(true);
      expect(result).not.toContain("\0");
      expect(result).toHaveLength(text.length);
      expect(wellFormed(result)).toBe(result);
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(result))).toBe(result);
      for (let at = 0; at < text.length; at++) {
        if (result[at] !== "\uFFFD") expect(result[at]).toBe(text[at]);
      }
    }),
    { numRuns: 500 },
  );
});

test("of a number a log shows the last four characters, and of a short one none", () => {
  expect(masked("+14155551234")).toBe("…1234");
  expect(masked("1234567")).toBe("…4567");
  for (const short of ["123456", "72345", "1", ""]) expect(masked(short)).toBe("…");
});

test("a log never shows a whole number, nor how long it is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+[1-9][0-9]{4,14}$/), (number) => {
      expect(masked(number)).not.toContain(number);
      expect(masked(number).length).toBeLessThanOrEqual(5);
    }),
  );
});
