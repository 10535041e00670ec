/** One timer for all streams: heartbeats in their time, and an end for each stream, by its own time or its key's. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import fc from "fast-check";
import { Hub } from "../../src/stream/hub.ts";
import type { ClosingReason } from "../../src/stream/sse.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import type { SubscriberOptions } from "../../src/stream/subscription.ts";
import { StreamTimers } from "../../src/stream/timers.ts";

const HEARTBEAT_MS = 30_000;
const START = 1_716_000_000_000;
/** What fits between two looks at the clock, in the tests as in the program. */
const STEP_MS = 250;
const NEVER = Number.MAX_SAFE_INTEGER;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type Ends = Pick<SubscriberOptions, "endsAt" | "keyExpiresAt">;

/** A stream that notes when the timers touches it, in ms after the start. */
class Stream extends Subscriber {
  readonly beats: number[] = [];
  closed: readonly [at: number, reason: ClosingReason] | null = null;
  readonly #now: () => number;

  constructor({ hub, timers, now }: Bench, ends: Ends) {
    const onEnd = (stream: Subscriber) => timers.remove(stream);
    const filter = { accounts: [1], to: null };
    const options = {
      keyId: 1,
      accountId: 1,
      directoryVersion: 0,
      filter,
      after: 0,
      announcesCaughtUp: false,
      first: new Uint8Array(),
      ...ends,
    };
    super(
      { hub, wantPage: () => undefined, onEnd, onPrincipal: () => undefined, now, random: () => 0 },
      options,
    );
    this.#now = now;
    timers.add(this);
  }

  override heartbeat(): void {
    this.beats.push(this.#now() - START);
    super.heartbeat();
  }

  override close(reason: ClosingReason): void {
    this.closed ??= [this.#now() - START, reason];
    super.close(reason);
  }
}

/** Timers with a clock that the test turns, and the interval with it. */
class Bench {
  time = START;
  readonly now = () => this.time;
  readonly hub = new Hub("k3f9", 0);
  readonly timers: StreamTimers;

  constructor(random = 0, heartbeatMs = HEARTBEAT_MS) {
    this.timers = new StreamTimers({ heartbeatMs, now: this.now, random: () => random });
    this.timers.start();
  }

  stream(ends: Partial<Ends> = {}): Stream {
    return new Stream(this, { endsAt: NEVER, keyExpiresAt: null, ...ends });
  }

  run(ms: number): void {
    for (const end = this.time + ms; this.time < end; ) {
      const step = Math.min(this.timers.stepMs, end - this.time);
      this.time += step;
      jest.advanceTimersByTime(step);
    }
  }

  /** The event loop was busy with something else: the clock went on, and no timer fired meanwhile. */
  stall(ms: number): void {
    this.time += ms;
    jest.advanceTimersByTime(this.timers.stepMs);
  }
}

test("a heartbeat comes every thirty seconds, and none between", () => {
  const bench = new Bench();
  const stream = bench.stream();
  bench.run(10 * HEARTBEAT_MS);
  expect(stream.beats).toHaveLength(10);
  stream.beats.forEach((at, i) => {
    expect(at).toBeLessThanOrEqual(HEARTBEAT_MS * (i + 1));
    expect(at).toBeGreaterThanOrEqual(HEARTBEAT_MS * (i + 1) - STEP_MS);
  });
});

test("the first heartbeat comes up to a tenth early, so that streams do not beat together", () => {
  const bench = new Bench(0.999);
  const { beats } = bench.stream();
  bench.run(2 * HEARTBEAT_MS);
  expect(beats[0]).toBeLessThanOrEqual(HEARTBEAT_MS * 0.9 + STEP_MS);
  expect(beats[0]).toBeGreaterThanOrEqual(HEARTBEAT_MS * 0.9 - STEP_MS);
  expect((beats[1] ?? 0) - (beats[0] ?? 0)).toBe(HEARTBEAT_MS);
});

test("whenever a stream opens and however short the period, none is quiet for longer than it", () => {
  const [period, random] = [fc.integer({ min: 200, max: 120_000 }), fc.integer({ min: 0, max: 9_999 })];
  fc.assert(
    fc.property(period, random, fc.nat(2_000), (period, random, opensAt) => {
      const bench = new Bench(random / 10_000, period);
      bench.run(opensAt);
      const opened = bench.time - START;
      const { beats } = bench.stream();
      bench.run(4 * period);
      bench.timers.stop();
      const quiet = [opened, ...beats].map((at, i, all) => (all[i + 1] ?? opened + 4 * period) - at);
      expect(Math.max(...quiet)).toBeLessThanOrEqual(period + bench.timers.stepMs);
      expect(beats.length).toBeGreaterThanOrEqual(3);
    }),
    { numRuns: 50 },
  );
});

test("a stream ends when its time is over, and hears nothing after", () => {
  const bench = new Bench();
  const stream = bench.stream({ endsAt: START + 100_000 });
  bench.run(99_999);
  expect(stream.closed).toBeNull();
  bench.run(STEP_MS + 1);
  expect(stream.closed).toEqual([expect.any(Number), "max_duration"]);
  bench.run(10 * HEARTBEAT_MS);
  expect(stream.beats).toHaveLength(3);
});

test("a key's expiry ends its stream, also where the stream's own time is over too", () => {
  const bench = new Bench();
  const one = bench.stream({ keyExpiresAt: START + 45_000 });
  const both = bench.stream({ keyExpiresAt: START + 45_000, endsAt: START + 45_000 });
  const expired = bench.stream({ keyExpiresAt: START - 1 });
  bench.run(STEP_MS);
  expect(expired.closed).toEqual([STEP_MS, "expired"]);
  bench.run(44_999 - STEP_MS);
  expect([one.closed, both.closed]).toEqual([null, null]);
  bench.run(STEP_MS + 1);
  expect([one.closed?.[1], both.closed?.[1]]).toEqual(["expired", "expired"]);
});

test("a key that expires in ninety days does not close its stream on opening", () => {
  const bench = new Bench();
  const stream = bench.stream({ keyExpiresAt: START + 90 * 86_400_000 });
  bench.run(2 * HEARTBEAT_MS);
  expect([stream.closed, stream.beats.length]).toEqual([null, 2]);
});

test("an expiry that is brought forward, put off or taken away holds at once", () => {
  const bench = new Bench();
  const keyExpiresAt = START + 10_000;
  const changed = [5_000, 20_000, null].map((expiry) => {
    const stream = bench.stream({ keyExpiresAt });
    stream.keyExpiresAt = expiry && START + expiry;
    bench.timers.replace(stream);
    return stream;
  });
  const reasons = () => changed.map(({ closed }) => closed?.[1]);
  bench.run(5_000 + STEP_MS);
  expect(reasons()).toEqual(["expired", undefined, undefined]);
  bench.run(15_000);
  expect(reasons()).toEqual(["expired", "expired", undefined]);
});

test("a stream that is removed is touched no more", () => {
  const bench = new Bench();
  const [gone, stays] = [bench.stream(), bench.stream()];
  bench.timers.remove(gone);
  bench.run(3 * HEARTBEAT_MS);
  expect([gone.beats.length, stays.beats.length]).toEqual([0, 3]);
});

test("of streams that are due together, one that ends another harms no third", () => {
  const bench = new Bench();
  const streams = Array.from({ length: 5 }, () => bench.stream());
  const [first, , third] = streams;
  if (first && third) first.heartbeat = () => third.close("revoked");
  bench.run(2 * HEARTBEAT_MS);
  expect(streams.map(({ closed }) => closed?.[1] ?? "open").join()).toBe("open,open,revoked,open,open");
  expect([1, 2, 3, 4].map((i) => streams[i]?.beats.length)).toEqual([2, 1, 2, 2]);
});

test("after a stall of the event loop each has one heartbeat, not all that it missed, and ends are kept", () => {
  const bench = new Bench();
  const [stays, ends] = [bench.stream(), bench.stream({ endsAt: START + 100_000 })];
  bench.stall(10 * HEARTBEAT_MS);
  expect([stays.beats.length, ends.beats.length, ends.closed?.[1]]).toEqual([1, 0, "max_duration"]);
  bench.run(2 * HEARTBEAT_MS + 2 * STEP_MS);
  expect(stays.beats).toHaveLength(3);
});

test("stopped timers leave nothing running, and starting them twice starts one", () => {
  const before = jest.getTimerCount();
  const bench = new Bench();
  bench.timers.start();
  expect(jest.getTimerCount()).toBe(before + 1);
  const stream = bench.stream();
  bench.timers.stop();
  expect(jest.getTimerCount()).toBe(before);
  bench.run(2 * HEARTBEAT_MS);
  expect(stream.beats).toEqual([]);
});
