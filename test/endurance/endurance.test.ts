/** A round of each of `bun run endure`: nothing is lost, the memory is bounded, and others are served. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { testWith } from "../harness/programs.ts";
import { faultsOf, type Row } from "../harness/senders.ts";
import { TRIALS } from "./trials.ts";

setDefaultTimeout(120_000);

const enduranceTest = testWith("gcc", "gcc");

for (const { name, run } of TRIALS) {
  enduranceTest(`${name}: nothing is lost, and others are served`, async () => {
    const { figures, faults } = await run(() => true);
    expect(faults, JSON.stringify(figures)).toEqual([]);
  });
}

test("what is lost, doubled, strange or out of order is found", () => {
  const rows = (...bodies: string[]): Row[] => bodies.map((body, i) => ({ seq: i + 1, body, to: "" }));
  expect(faultsOf(rows("1:1", "1:2"), ["1:1", "1:2"], [])).toEqual([]);
  expect(faultsOf(rows("1:1"), ["1:1", "1:2"], [])).toEqual(["1 acknowledged texts are not there: 1:2"]);
  expect(faultsOf(rows("1:1", "2:1", "1:1"), ["1:1", "2:1"], [])[0]).toBe("1 rows are there twice");
  expect(faultsOf(rows("1:1", "1:2"), ["1:1"], [])).toEqual(["1 texts were never sent: 1:2"]);
  expect(faultsOf(rows("1:2", "1:1"), ["1:1", "1:2"], [])[0]).toContain("2 texts are out of order");
});
