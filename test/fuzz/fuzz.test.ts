/** Some thousand inputs that nobody has seen, on everything that reads what comes from outside. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { allTargets, fuzz } from "./fuzz.ts";
import type { Target } from "./target.ts";

setDefaultTimeout(120_000);

const RUNS = 600;

test("whatever comes from outside is read, or refused as it should be", async () => {
  const seed = Math.floor(Math.random() * 1e9);
  for (const target of await allTargets()) expect(await fuzz(target, RUNS, seed), `seed ${seed}`).toEqual([]);
});

test("what stumbles is found", async () => {
  const stumbling: Target = {
    name: "stumbling",
    corpus: ["abc"],
    try: (input) => (input.includes("\0") ? "it stumbles over NUL" : null),
  };
  expect(await fuzz(stumbling, 5_000, 1)).toHaveLength(1);
});
