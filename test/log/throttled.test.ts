/** Lines that strangers can cause: the first at once, then at most one a minute, and none is forgotten in the count. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { startLog } from "../../src/log/log.ts";
import { ThrottledLog } from "../../src/log/throttled.ts";

const MINUTE_MS = 60_000;
let lines: { message: string; properties: Record<string, unknown> }[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  startLog({ level: "info", format: "json" }, (line) => lines.push(JSON.parse(line)));
});

afterEach(() => {
  jest.useRealTimers();
  startLog({ level: "fatal", format: "json" }, () => undefined);
});

const said = () => lines.map(({ message, properties }) => [message, properties.reason, properties.count]);

test("the first is told at once, a thousand more in one line after a minute", () => {
  const tally = new ThrottledLog("it happened");
  tally.count({ reason: "first" });
  expect(said()).toEqual([["it happened", "first", undefined]]);
  for (let i = 0; i < 1_000; i++) tally.count({ reason: "more" });
  expect(lines).toHaveLength(1);
  jest.advanceTimersByTime(MINUTE_MS);
  expect(said()[1]).toEqual(["it happened", "more", 1_000]);
  jest.advanceTimersByTime(MINUTE_MS);
  tally.count({ reason: "again" });
  expect(said()[2]).toEqual(["it happened", "again", undefined]);
});

test("an hour of one a second is sixty lines, and every one is counted", () => {
  const tally = new ThrottledLog("it happened");
  for (let second = 0; second < 3_600; second++) {
    tally.count({});
    jest.advanceTimersByTime(1_000);
  }
  expect(lines.length).toBeLessThanOrEqual(61);
  const counted = lines.reduce((sum, { properties }) => sum + Number(properties.count ?? 1), 0);
  expect(counted).toBe(3_600);
});
