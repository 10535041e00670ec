/** What counts as a number of ours, and in which one form it is stored. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { NUMBER_FORM, parseNumber, parseQueryNumber } from "../../src/values/phone.ts";

const STORED = /^(\+[1-9][0-9]{4,14}|[0-9]{5,6})$/;

test("a possible number in E.164 is a number, whether its range is in use or not", () => {
  for (const number of [
    "+14155551234",
    "+15551234567",
    "+442071838750",
    "+4930123456",
    "+31612345678",
    "+18005550100",
  ])
    expect(parseNumber(number)).toBe(number);
});

test("five or six digits are a short code", () => {
  for (const code of ["72345", "123456", "00000"]) expect(parseNumber(code)).toBe(code);
  for (const code of ["1234", "1234567", "7234a", "+72345", "١٢٣٤٥"]) expect(parseNumber(code)).toBeNull();
});

test("blanks, dashes, dots and brackets may stand in a number", () => {
  for (const text of [
    "+1 (415) 555-1234",
    " +1.415.555.1234\n",
    "+1\u00A0415\u2009555 1234",
    "+ 1-415-555-1234",
  ])
    expect(parseNumber(text)).toBe("+14155551234");
  expect(parseNumber("723-45")).toBe("72345");
});

test("a number of an impossible length, without its plus or of no country is none", () => {
  const short = ["+", "+1", "+12", "+1415", "+1415555123"];
  const long = ["+141555512345", "+1415555123499999", `+${"1".repeat(40)}`];
  const others = [
    "",
    "14155551234",
    "4155551234",
    "++14155551234",
    "+04155551234",
    "+999123456789",
    "tel:+14155551234",
  ];
  const tails = [
    "+14155551234x5",
    "+14155551234;ext=5",
    "+1415555١234",
    "+14155551234\0",
    "+1/415/5551234",
    "DHL",
  ];
  for (const text of [...short, ...long, ...others, ...tails])
    expect(parseNumber(text), JSON.stringify(text)).toBeNull();
});

test("whatever text comes, it is a number in the stored form or none, and the form is itself a number", () => {
  const nearly = fc.stringMatching(/^[ +(]?[0-9][0-9 ().-]{3,18}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), (text) => {
      const number = parseNumber(text);
      if (number === null) return;
      expect(number).toMatch(STORED);
      expect(parseNumber(number)).toBe(number);
      expect(number.replace("+", "")).toBe(text.replace(/[^0-9]/g, ""));
    }),
    { numRuns: 1000 },
  );
});

test("in a query the plus may have arrived as a space", () => {
  for (const text of [" 14155551234", "+14155551234", " 1 415 555 1234", " 1-415-555-1234"])
    expect(parseQueryNumber(text)).toBe("+14155551234");
  expect(parseQueryNumber("72345")).toBe("72345");
  for (const text of ["14155551234", " 72345", " ", "", " +14155551234"])
    expect(parseQueryNumber(text), JSON.stringify(text)).toBeNull();
});

test("the example in the message for people is a number", () => {
  expect(parseNumber(NUMBER_FORM.match(/\+\d+/)?.[0] ?? "")).toBe("+14155551234");
});
