/** What counts as a number of ours, and in which one form it is stored. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from "libphonenumber-js";
import examples from "libphonenumber-js/examples.mobile.json";
import {
  NUMBER_FORM,
  parseNumber,
  parseQueryNumber,
  querySenderForm,
  readNumber,
  senderForm,
} from "../../src/values/phone.ts";

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
  for (const code of ["1234", "1234567", "7234a", "+72345"]) expect(parseNumber(code)).toBeNull();
});

test("blanks, dashes, dots and brackets may stand in a number", () => {
  for (const text of [
    "+1 (415) 555-1234",
    " +1.415.555.1234\n",
    "+1\u00A0415\u2009555 1234",
    "+ 1-415-555-1234",
    "(+1) 415/555/1234",
    "+1 [415] 555\u20131234",
    "+1 415 555\u22121234",
    "\u202A+1 415 555 1234\u202C",
    "\uFEFF+1\u00AD415\u200B5551234",
    "tel:+1-415-555-1234",
    "TEL:+14155551234",
  ])
    expect(parseNumber(text), JSON.stringify(text)).toBe("+14155551234");
  expect(parseNumber("723-45")).toBe("72345");
});

test("digits of other widths and scripts are digits", () => {
  for (const text of [
    "＋１４１５５５５１２３４",
    "+١٤١٥٥٥٥١٢٣٤",
    "+۱۴۱۵۵۵۵۱۲۳۴",
    "+१४१५५५५१२३४",
    "+𝟏𝟒𝟏𝟓𝟓𝟓𝟓𝟏𝟐𝟑𝟒",
  ])
    expect(parseNumber(text), text).toBe("+14155551234");
  for (const text of ["１２３４５", "١٢٣٤٥", "𞥑𞥒𞥓𞥔𞥕"]) expect(parseNumber(text), text).toBe("12345");
});

test("a trunk prefix falls away, and a zero that belongs to the number stays", () => {
  const written = {
    "+44 (0)20 7946 0958": "+442079460958",
    "+44 020 7946 0958": "+442079460958",
    "+4402079460958": "+442079460958",
    "+49 (0)30 123456": "+4930123456",
    "+33 (0)1 23 45 67 89": "+33123456789",
    "+61 (0)4 1234 5678": "+61412345678",
    "+81 (0)90-1234-5678": "+819012345678",
    "+7 (8) 800 123-45-67": "+78001234567",
    "+36 (06) 1 234 5678": "+3612345678",
    "+1 (1) 415 555 1234": "+14155551234",
    "+39 06 1234 5678": "+390612345678",
    "+39 (0)6 1234 5678": "+390612345678",
    "+54 11 15 2345 6789": "+5491123456789",
  };
  for (const [text, number] of Object.entries(written)) expect(parseNumber(text), text).toBe(number);
});

test("what may be meant is said, and which digit is one too many", () => {
  const hints = {
    "4155559999": "did you mean +14155559999?",
    "(415) 555-9999": "did you mean +14155559999?",
    "14155559999": "did you mean +14155559999?",
    "0044 20 7946 0958": "did you mean +442079460958?",
    "+0044 20 7946 0958": "did you mean +442079460958?",
    "011 44 20 7946 0958": "did you mean +442079460958?",
    "020 7946 0958": "country's code is missing",
    "+34 (0)91 123 4567": "did you mean +34911234567?",
    "+48 0512 345 678": "did you mean +48512345678?",
    "+480512345678": "did you mean +48512345678?",
    "+376 0-312 345": "did you mean +376312345?",
    "+39 (0)312 345 6789": "did you mean +393123456789 or +3903123456789?",
    "+372 (0)1234567": "did you mean +3721234567 or +37201234567?",
    "+1 415 555 1234 x5": "without its extension",
    "+14155551234;ext=5": "without its extension",
    "tel:5551234;phone-context=+1415": "parameters",
    "+1 800 FLOWERS": "the digits that its letters stand for",
  };
  for (const [text, hint] of Object.entries(hints)) {
    const reading = readNumber(text);
    expect("hint" in reading ? reading.hint : reading, text).toContain(hint);
  }
});

test("every country's number is the same number however it is written, or is refused", () => {
  for (const country of getCountries()) {
    const example = getExampleNumber(country, examples);
    if (!example) throw new Error(country);
    const international = example.formatInternational();
    const code = `+${example.countryCallingCode}`;
    const rest = international.slice(code.length + 1);
    const spaced = [" ", "-", ".", "\u00A0", " - "].map((space) => international.replaceAll(" ", space));
    const arabic = international.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
    for (const text of [example.number, example.getURI(), `(${code}) ${rest}`, arabic, ...spaced])
      expect(parseNumber(text), text).toBe(example.number);
    // A zero behind the country's code: no such number may come to be ours that nobody can be reached at.
    const zeros = [" (0) ", "(0)", " [0] ", " （０）"].map((zero) => `${code}${zero}${rest}`);
    for (const text of [...zeros, `${code} ${example.formatNational()}`])
      expect([example.number, null], text).toContain(parseNumber(text));
    const bare = [" 0", " 0 ", " 0-", "/0", "0"].map((zero) => `${code}${zero}${rest}`);
    for (const text of [...bare, `${code} (0${rest[0]}) ${rest.slice(1)}`]) {
      const number = parseNumber(text) ?? example.number;
      if (number !== example.number) expect(parsePhoneNumberFromString(number)?.isValid(), text).toBe(true);
    }
  }
});

test("senders are compared in one form, and names are left as they are", () => {
  expect(senderForm("456-789")).toBe(senderForm("456789"));
  expect(senderForm("+44 (0)20 7946 0958")).toBe("+442079460958");
  for (const name of ["DHL", "Your Bank", "1234", ""]) expect(senderForm(` ${name} `)).toBe(name);
});

test("a sender that cannot be a number is found by its digits, and with its plus as a space", () => {
  for (const text of ["+1 555 123", "+1-555-123", "(+1)555123", "+\u0661 555 123"])
    expect(senderForm(text), text).toBe("+1555123");
  for (const text of [" 1555123", "+1555123", " 1 555 123"])
    expect(querySenderForm(text), text).toBe("+1555123");
  expect(querySenderForm("12-34")).toBe(senderForm("1234"));
  expect(querySenderForm(" Your Bank ")).toBe("Your Bank");
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[+ ]?[0-9 ().-]{1,20}$/)),
      (text) => {
        const form = senderForm(text);
        expect(senderForm(form)).toBe(form);
        if (text.length <= 64 && !text.startsWith(" ")) expect(querySenderForm(text)).toBe(form);
      },
    ),
  );
});

test("a text of an impossible length, without a plus or of no country is not a number", () => {
  const short = ["+", "+1", "+12", "+1415", "+1415555123"];
  const long = ["+141555512345", "+1415555123499999", `+${"1".repeat(40)}`];
  const others = [
    "",
    "14155551234",
    "4155551234",
    "++14155551234",
    "+04155551234",
    "+999123456789",
    "tel:",
    "+44 00 20 7946 0958",
  ];
  const tails = [
    "+14155551234x5",
    "+14155551234;ext=5",
    "+14155551234\0",
    "+1,415,5551234",
    "+1 415 555 1234 / +1 415 555 1235",
    `+14155551234${" ".repeat(200)}`,
    "DHL",
  ];
  for (const text of [...short, ...long, ...others, ...tails])
    expect(parseNumber(text), JSON.stringify(text)).toBeNull();
});

test("whatever text comes, it is a number in the stored form or none, and the form is itself a number", () => {
  const nearly = fc.stringMatching(/^[ +(]?[0-9]{1,3}( ?\(?0\)?)?[0-9 ().-]{3,18}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), (text) => {
      const number = parseNumber(text);
      if (number === null) return;
      expect(number).toMatch(STORED);
      expect(parseNumber(number)).toBe(number);
      // Of what was written only digits before the number proper may be missing.
      if (number.startsWith("+")) expect(number).toBe(parsePhoneNumberFromString(text)?.number ?? "");
      else expect(number).toBe(text.replace(/[^0-9]/g, ""));
    }),
    { numRuns: 1000 },
  );
});

test("in a query the plus may have arrived as a space", () => {
  for (const text of [" 14155551234", "+14155551234", " 1 415 555 1234", " 1-415-555-1234"])
    expect(parseQueryNumber(text)).toBe("+14155551234");
  expect(parseQueryNumber("72345")).toBe("72345");
  // What is a number elsewhere is one here, too.
  expect(parseQueryNumber(" +14155551234")).toBe("+14155551234");
  expect(parseQueryNumber(" 72345")).toBe("72345");
  for (const text of ["14155551234", "4155551234", " ", "", " + 72345"])
    expect(parseQueryNumber(text), JSON.stringify(text)).toBeNull();
  for (const text of ["tel: 14155551234", "( 1) 415 555-1234", "[ 1] 415 555 1234", "TEL: 1-415-555-1234"])
    expect(parseQueryNumber(text), text).toBe("+14155551234");
});

test("the example in the message for people is a number", () => {
  expect(parseNumber(NUMBER_FORM.match(/\+\d+/)?.[0] ?? "")).toBe("+14155551234");
});
