/** How fast one key may open streams: a burst, then as many a second as it may hold, and no key for another's. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { OpeningBucket, tooMany } from "../../src/stream/limits.ts";

const START = 1_716_000_000_000;

/** A rate of so many streams per key, with a clock that the test sets. */
function rateOf(maxStreamsPerKey: number) {
  const clock = { now: START };
  const rate = new OpeningBucket({ maxStreams: 10_000, maxStreamsPerKey }, () => clock.now);
  /** How many of `count` attempts of the key succeed. */
  const open = (count: number, keyId = 1) =>
    Array.from({ length: count }, () => rate.take(keyId)).filter(Boolean).length;
  return { clock, open };
}

test("a key may open five times what it may hold at once, and then no more", () => {
  expect(rateOf(2).open(100)).toBe(10);
  expect(rateOf(100).open(1000)).toBe(500);
});

test("after that it may open as many a second as it may hold", () => {
  const { clock, open } = rateOf(2);
  open(100);
  clock.now += 499;
  expect(open(1)).toBe(0);
  clock.now += 1;
  expect(open(2)).toBe(1);
  clock.now += 1_000;
  expect(open(9)).toBe(2);
});

test("rest refills the burst, and nothing beyond it", () => {
  const { clock, open } = rateOf(2);
  open(100);
  clock.now += 86_400_000;
  expect(open(100)).toBe(10);
});

test("failed attempts cost nothing: whoever keeps trying gets in as soon as whoever waits", () => {
  const { clock, open } = rateOf(1);
  open(100);
  for (let knocks = 0; knocks < 99; knocks++) {
    clock.now += 10;
    expect(open(1)).toBe(0);
  }
  clock.now += 11;
  expect(open(1)).toBe(1);
});

test("one key's haste is not another's", () => {
  const { open } = rateOf(1);
  expect([open(100, 1), open(100, 2), open(1, 1)]).toEqual([5, 5, 0]);
});

test("a clock that is set back neither gives nor takes", () => {
  const { clock, open } = rateOf(1);
  expect(open(3)).toBe(3);
  clock.now -= 3_600_000;
  expect(open(9)).toBe(2);
  clock.now += 1_000;
  expect(open(9)).toBe(1);
});

test("in any span of time no key opens more than the burst and what the span earns", () => {
  const attempt = fc.tuple(fc.nat(3_000), fc.nat(30));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(attempt, { minLength: 1 }),
      (perSecond, attempts) => {
        const { clock, open } = rateOf(perSecond);
        const opened = attempts.map(([later, count]) => {
          clock.now += later;
          return { at: clock.now, count: open(count) };
        });
        opened.forEach(({ at: from }, first) => {
          let sum = 0;
          for (const { at, count } of opened.slice(first)) {
            sum += count;
            expect(sum).toBeLessThanOrEqual(perSecond * (5 + (at - from) / 1000) + 1e-6);
          }
        });
      },
    ),
  );
});

test("the rates of ten thousand keys are remembered, and the key that was away longest is forgotten first", () => {
  const { open } = rateOf(1);
  expect([open(9, 1), open(9, 2)]).toEqual([5, 5]);
  for (let keyId = 3; keyId <= 10_000; keyId++) open(1, keyId);
  expect(open(1, 1)).toBe(0);
  open(1, 10_001);
  expect([open(1, 1), open(9, 2)]).toEqual([0, 5]);
});

test("the fault says when to come back", () => {
  const fault = tooMany("The server holds as many streams as it may.", 10);
  expect([fault.code, fault.message]).toEqual([
    "rate_limited",
    "The server holds as many streams as it may.",
  ]);
  expect(fault.details.retryAfterSeconds).toBe(10);
});
