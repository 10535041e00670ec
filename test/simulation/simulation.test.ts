/**
 * Nothing lost, nothing doubled, nothing of another's, whatever happens when: runs of the product's own classes over a
 * simulated time and store. `bun run simulate-faults --seeds 1000` makes more of them.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import failed from "./failed.json";
import { MUTATIONS } from "./mutations.ts";
import { simulate } from "./run.ts";

setDefaultTimeout(120_000);

/** Of the runs below: enough for every kind of event, in a few seconds. */
const SEEDS = 12;
/** Within so many runs each mutation was found, with room to spare. */
const MUTATED_SEEDS = 200;

test("two runs of a seed are alike, and two seeds are not", () => {
  const [first, second, other] = [simulate(3), simulate(3), simulate(4)];
  expect(first.deliveries).toBeGreaterThan(0);
  expect(second).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
});

test("a run leaves the runtime's time and chance as they were", () => {
  const real = [setTimeout, setInterval, setImmediate, clearTimeout, Bun.sleep, Date.now, Math.random];
  simulate(5);
  expect([setTimeout, setInterval, setImmediate, clearTimeout, Bun.sleep, Date.now, Math.random]).toEqual(
    real,
  );
});

test("new seeds: each message once, in order, never another's, and deletions survive", () => {
  const from = Math.floor(Math.random() * 1e9);
  for (let seed = from; seed < from + SEEDS; seed++) {
    const { violations } = simulate(seed);
    expect(violations, `bun run simulate-faults --seed ${seed}`).toEqual([]);
  }
});

test("seeds that failed before", () => {
  for (const seed of failed) expect(simulate(seed).violations, `seed ${seed}`).toEqual([]);
});

for (const mutation of MUTATIONS) {
  test(`a fault put in on purpose is found: ${mutation}`, () => {
    let seed = 1;
    while (seed < MUTATED_SEEDS && simulate(seed, mutation).violations.length === 0) seed++;
    expect(seed).toBeLessThan(MUTATED_SEEDS);
  });
}
