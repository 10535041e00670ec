/** A duration is a whole number and a unit, everywhere, and nothing else is one. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { DURATION_FORM, parseDuration } from "../../src/values/duration.ts";

const MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const HUNDRED_YEARS_MS = 36_500 * MS.d;

test("each unit stands for its milliseconds", () => {
  expect(parseDuration("1s")).toBe(1_000);
  expect(parseDuration("10m")).toBe(600_000);
  expect(parseDuration("24h")).toBe(86_400_000);
  expect(parseDuration("30d")).toBe(2_592_000_000);
  expect(parseDuration("0s")).toBe(0);
});

test("any number of any unit is exact, up to a hundred years", () => {
  fc.assert(
    fc.property(fc.nat(9_999_999_999), fc.constantFrom("s", "m", "h", "d"), (n, unit) => {
      const ms = n * MS[unit];
      expect(parseDuration(`${n}${unit}`)).toBe(ms <= HUNDRED_YEARS_MS ? ms : null);
    }),
  );
  expect(parseDuration("36500d")).toBe(HUNDRED_YEARS_MS);
  expect(parseDuration("36501d")).toBeNull();
});

test("a string of the wrong form is not a duration", () => {
  const wrong = [
    "", "s", "10", "10M", "10 m", " 10m", "10m ", "10m\n", "-10m", "+10m", "1.5h", "1,5h", "1e3s", "0x1s", "10ms",
    "10w", "10y", "1h30m", "PT10M", "ten m", "١٠m", "10m\0", "99999999999s", "Infinitys", "NaNd", "all",
  ]; // biome-ignore format: a list
  for (const text of wrong) expect(parseDuration(text), JSON.stringify(text)).toBeNull();
});

test("the examples in the message for people are durations", () => {
  const examples = DURATION_FORM.match(/\d+[a-z]/g) ?? [];
  expect(examples).toEqual(["90s", "10m", "24h", "30d"]);
  for (const example of examples) expect(parseDuration(example)).toBeGreaterThan(0);
});
