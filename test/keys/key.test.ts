/** The form of a key: random, checked by its own checksum, known afterwards by its hash and its start alone. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { generateKey, hashKey, isKey, keyStart, SCOPES } from "../../src/keys/key.ts";

const FORM = /^inlet_[0-9A-Za-z]{38}$/;
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** What the secret scanners of this world were told, so it must hold for ever. */
const KNOWN = "inlet_0123456789ABCDEFGHIJKLMNOPQRSTUV1ggZdL";

const key = fc.constant(null).map(generateKey);
const base62 = fc.constantFrom(...BASE62);

/** Another way to the checksum: Bun's CRC-32, and big integers. */
function checksum(secret: string): string {
  let rest = BigInt(Bun.hash.crc32(secret));
  let digits = "";
  for (; digits.length < 6; rest /= 62n) digits = BASE62[Number(rest % 62n)] + digits;
  return digits;
}

test("a new key has the form, and is a key", () => {
  fc.assert(
    fc.property(key, (key) => {
      expect(key).toMatch(FORM);
      expect(isKey(key)).toBe(true);
      expect(key.slice(-6)).toBe(checksum(key.slice(6, 38)));
    }),
  );
});

test("a thousand new keys are a thousand, and every character of base62 comes in every place", () => {
  const keys = Array.from({ length: 1000 }, generateKey);
  expect(new Set(keys).size).toBe(1000);
  for (let at = 6; at < 38; at++) {
    // Each is absent from a place with a chance of 1 in 10 million.
    expect(new Set(keys.map((key) => key[at])).size).toBeGreaterThan(58);
  }
});

test("a key that was once issued is a key in every version", () => {
  expect(KNOWN.slice(-6)).toBe(checksum(KNOWN.slice(6, 38)));
  expect(isKey(KNOWN)).toBe(true);
});

test("a key with one mistyped character is not a key", () => {
  fc.assert(
    fc.property(key, fc.integer({ min: 6, max: 43 }), base62, (key, at, character) => {
      if (key[at] === character) return;
      expect(isKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("a key with two neighbouring characters swapped is not a key", () => {
  fc.assert(
    fc.property(key, fc.integer({ min: 6, max: 42 }), (key, at) => {
      const [one = "", other = ""] = [key[at], key[at + 1]];
      if (one === other) return;
      expect(isKey(key.slice(0, at) + other + one + key.slice(at + 2))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("a string of the wrong form is not a key", () => {
  const cut = [
    KNOWN.slice(0, -1),
    `${KNOWN}0`,
    KNOWN.slice(6),
    KNOWN.slice(1),
    KNOWN.repeat(2),
    "",
    "inlet_",
  ];
  const dressed = [
    ` ${KNOWN}`,
    `${KNOWN} `,
    `${KNOWN}\n`,
    `Bearer ${KNOWN}`,
    KNOWN.toUpperCase(),
    `${KNOWN}\0`,
  ];
  const foreign = [KNOWN.replace("inlet_", "other_"), KNOWN.replace("0", "-"), KNOWN.replace("0", "٠")];
  for (const text of [...cut, ...dressed, ...foreign]) expect(isKey(text), JSON.stringify(text)).toBe(false);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => expect(isKey(text)).toBe(false)));
  fc.assert(
    fc.property(fc.string({ unit: base62, minLength: 38, maxLength: 38 }), (text) => {
      expect(isKey(`inlet_${text}`)).toBe(text.slice(32) === checksum(text.slice(0, 32)));
    }),
  );
});

test("a key is stored as SHA-256 in hexadecimal", () => {
  // FIPS 180-2, appendix B.1.
  expect(hashKey("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hashKey(KNOWN)).not.toBe(hashKey(`${KNOWN} `));
});

test("of a key four random characters may be shown", () => {
  expect(keyStart(KNOWN)).toBe("inlet_0123");
});

test("the scopes are the contract's", () => {
  expect([...SCOPES]).toEqual(["sms:read", "phone_numbers:read"]);
});
