/** Spans go out in batches, and what a collector does not take is dropped and counted. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { type Span, Tracer } from "../../src/log/tracer.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const PARENT = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", isSampled: true };
const SPAN: Span = {
  name: "commit",
  kind: "internal",
  context: PARENT,
  parentSpanId: null,
  startedAt: 1,
  endedAt: 2,
  attributes: {},
};

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

test("what waits is sent every five seconds, and a full batch at once", async () => {
  const sent: number[] = [];
  const tracer = new Tracer({
    ratio: 1,
    followsParent: true,
    send: async (spans) => void sent.push(spans.length),
  });
  tracer.start();
  tracer.record(SPAN);
  expect(sent).toEqual([]);
  jest.advanceTimersByTime(5_000);
  await settled();
  expect(sent).toEqual([1]);
  for (let i = 0; i < 513; i++) tracer.record(SPAN);
  await settled();
  expect(sent).toEqual([1, 512]);
  await tracer.stop();
  expect(sent).toEqual([1, 512, 1]);
  expect(tracer.stats).toEqual({ sent: 514, dropped: 0 });
});

test("a collector that hangs costs no more than the bound, and one that refuses no more than its batch", async () => {
  let answer: (error: Error) => void = () => undefined;
  const send = () => new Promise<void>((_, reject) => (answer = reject));
  const tracer = new Tracer({ ratio: 1, followsParent: true, send });
  for (let i = 0; i < 10_000; i++) tracer.record(SPAN);
  // 512 are on their way, and 8,192 wait.
  expect(tracer.stats).toEqual({ sent: 0, dropped: 10_000 - 512 - 8_192 });
  answer(new Error("503"));
  await settled();
  expect(tracer.stats.dropped).toBe(10_000 - 8_192);
});

test("a trace that began elsewhere is recorded as it was there, others by their ratio", () => {
  const begin = (ratio: number, followsParent: boolean, parent: typeof PARENT | null, random = 0.5) =>
    new Tracer({ ratio, followsParent, send: async () => undefined, random: () => random }).begin(parent);
  expect(begin(0, true, PARENT)?.traceId).toBe(PARENT.traceId);
  expect(begin(0, true, PARENT)?.spanId).not.toBe(PARENT.spanId);
  expect(begin(1, true, { ...PARENT, isSampled: false })).toBeNull();
  expect(begin(0, false, PARENT)).toBeNull();
  expect(begin(0.6, true, null)?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(begin(0.4, true, null)).toBeNull();
});
