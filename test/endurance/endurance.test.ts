/** A round of each of `bun run endure`: nothing is lost, the memory is bounded, and others are served. */
import { expect, setDefaultTimeout } from "bun:test";
import { testWith } from "../harness/programs.ts";
import { TRIALS } from "./trials.ts";

setDefaultTimeout(120_000);

const enduranceTest = testWith("gcc", "gcc");

for (const { name, run } of TRIALS) {
  enduranceTest(`${name}: nothing is lost, and others are served`, async () => {
    const { figures, faults } = await run(() => true);
    expect(faults, JSON.stringify(figures)).toEqual([]);
  });
}
