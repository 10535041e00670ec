/** How long a client waits before it comes back: as the server asks, else longer each time. */
import { expect, test } from "bun:test";
import { backoffMs, pause, retryAfterMs } from "../../src/client/backoff.ts";
import { answer, broken, connected, event, follow, stream } from "./script.ts";

const closing = (reason: string, retry_ms: unknown) => event("closing", { reason, retry_ms });

test("what failed is tried again later each time, within half a minute, and for ever", async () => {
  const { waits, notes } = await follow(Array.from({ length: 40 }, () => broken("ECONNREFUSED")));
  expect(waits.slice(0, 7)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(waits).toHaveLength(40);
  expect(notes).toEqual(["http://127.0.0.1:3000 cannot be reached (ECONNREFUSED); trying again"]);
});

test("chance makes a wait up to half as long again, never shorter", () => {
  expect(backoffMs(1, 2_000, () => 0)).toBe(2_000);
  expect(backoffMs(1, 2_000, () => 0.999)).toBe(2_999);
  expect(backoffMs(50, 2_000, () => 0)).toBe(30_000);
  expect(backoffMs(1, 120_000, () => 0)).toBe(120_000);
});

test("trouble is told once, other trouble again, and that it is over", async () => {
  const { notes } = await follow([
    broken("ECONNREFUSED"),
    broken("ECONNREFUSED"),
    answer(503, '{"error":{"code":"unavailable","message":"Shutting down."}}'),
    stream([connected("e0e0-1")]),
    broken("ECONNREFUSED"),
  ]);
  expect(notes).toEqual([
    "http://127.0.0.1:3000 cannot be reached (ECONNREFUSED); trying again",
    "http://127.0.0.1:3000 answered 503: Shutting down.; trying again",
    "connected again",
    "http://127.0.0.1:3000 cannot be reached (ECONNREFUSED); trying again",
  ]);
});

test("closing says how long to wait, within bounds, and is no failure", async () => {
  const ends = [700, 0, 9e9].map((ms) => stream([connected("e0e0-1") + closing("max_duration", ms)]));
  const { waits, notes } = await follow([broken("ECONNRESET"), ...ends, broken("ECONNRESET")]);
  expect(waits).toEqual([2_000, 700, 100, 300_000, 2_000]);
  expect(notes.filter((note) => note.includes("closing"))).toEqual([]);
});

test("a closing without a time, and an end without a word, wait as retry: says", async () => {
  const { waits } = await follow([
    stream(["retry: 5000\n\n", connected("e0e0-1") + closing("max_duration", "soon")]),
    stream([connected("e0e0-1")]),
    stream([connected("e0e0-1")]),
  ]);
  expect(waits).toEqual([5_000, 5_000, 10_000]);
});

test("a connection that held for a while was a good one", async () => {
  let now = 0;
  const monotonic = () => {
    now += 20_000;
    return now;
  };
  const { waits } = await follow(
    Array.from({ length: 3 }, () => stream([connected("e0e0-1")])),
    { monotonic },
  );
  expect(waits).toEqual([2_000, 2_000, 2_000]);
});

test("Retry-After is kept to, in seconds and as a date, and spread", async () => {
  const { waits } = await follow([answer(429, "", { "retry-after": "10" })], { random: () => 1 });
  expect(waits).toEqual([12_000]);
  const now = Date.parse("2026-05-22T18:30:00Z");
  expect(retryAfterMs("Fri, 22 May 2026 18:30:30 GMT", now)).toBe(30_000);
  expect(retryAfterMs("Fri, 22 May 2026 18:29:00 GMT", now)).toBe(100);
  expect(retryAfterMs("999999999", now)).toBe(300_000);
  for (const nothing of [null, "", "soon", "-1", "1e3"]) expect(retryAfterMs(nothing, now)).toBeNull();
});

test("a pause ends when it is told to", async () => {
  const stop = new AbortController();
  const pausing = pause(1_000_000, stop.signal);
  stop.abort();
  await pausing;
  await pause(1_000_000, stop.signal);
});
