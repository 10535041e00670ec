/** File descriptors: what is said before they run out, when they have, and when there are enough again. */
import { beforeEach, expect, test } from "bun:test";
import { startLog } from "../../src/log/log.ts";
import { Descriptors } from "../../src/operations/descriptors.ts";
import { descriptorLimit, openDescriptors } from "../../src/platform/descriptors.ts";

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  startLog({ level: "info", format: "json" }, (line) => {
    const { level, message } = JSON.parse(line) as { level: string; message: string };
    lines.push(`${level} ${message.split(/[:,]/)[0]}`);
  });
});

/** Looks after each of these counts of open ones; whether none are left, each time. */
function looks(limit: number, ...counts: readonly number[]): boolean[] {
  let open = 0;
  const descriptors = new Descriptors(1, false, { limit, open: () => open });
  return counts.map((count) => {
    open = count;
    descriptors.look();
    return descriptors.isExhausted;
  });
}

const [FEW, NONE, ENOUGH] = [
  "WARN few file descriptors are left",
  "ERROR no file descriptors are left",
  "INFO enough file descriptors are left again",
];

test("it is said before they run out, when they have, and when there are enough again, each once", () => {
  expect(looks(10_000, 50, 9_890, 9_901, 9_950, 9_990, 10_000, Number.POSITIVE_INFINITY, 9_990, 9_950, 9_000)).toEqual([
    false, false, false, false, true, true, true, true, false, false,
  ]); // biome-ignore format: a list
  expect(lines).toEqual([FEW, NONE, ENOUGH]);
});

test("with a small limit, too, and without one never", () => {
  expect(looks(64, 30, 59, 64, 30)).toEqual([false, true, true, false]);
  expect(lines).toEqual([NONE, ENOUGH]);
  expect(looks(Number.POSITIVE_INFINITY, 1_000_000)).toEqual([false]);
});

test("around a bound it is not said again and again", () => {
  looks(10_000, ...Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 9_905 : 9_895)));
  expect(lines).toEqual([FEW]);
});

test("more streams than there may be connections are warned about at the start", () => {
  const options = { limit: 1_024, open: () => 10 };
  for (const [max, shares] of [
    [10_000, false],
    [900, false],
    [10_000, true],
  ] as const) {
    const descriptors = new Descriptors(max, shares, options);
    descriptors.start();
    descriptors.stop();
  }
  expect(lines).toEqual(["WARN MAX_STREAMS is more than the process may have connections"]);
});

test("the system says how many there may be and are", () => {
  expect(descriptorLimit()).toBeGreaterThan(16);
  expect(openDescriptors()).toBeGreaterThan(2);
  expect(openDescriptors()).toBeLessThan(descriptorLimit());
});
