/** Workers that end are started again, later each time; the parent gives up only when none serves. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import type { FromWorker } from "../../src/cluster/parent.ts";
import { type Spawn, Workers } from "../../src/cluster/workers.ts";

const MINUTE_MS = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Processes that the test ends as it likes. */
class Processes {
  readonly started: { readonly port: string | null; readonly end: (code: number) => void }[] = [];
  /** Whether those that are started from now on come to listen. */
  listen = true;

  spawn: Spawn = (port, onMessage) => {
    const { promise: exited, resolve } = Promise.withResolvers<number>();
    this.started.push({ port, end: resolve });
    const message: FromWorker = { kind: "listening", url: `http://127.0.0.1:${port ?? 4000}` };
    if (this.listen) queueMicrotask(() => onMessage(message));
    return {
      exited,
      exitCode: null,
      killed: false,
      kill: () => undefined,
      pid: this.started.length,
      send: () => undefined,
    };
  };

  async end(index: number, code = 1): Promise<void> {
    this.started[index]?.end(code);
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

async function after(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  await settled();
}

test("one that ends is started again on the same port, and the parent goes on", async () => {
  const processes = new Processes();
  const workers = new Workers(processes.spawn);
  expect(await workers.start(2)).toBe("http://127.0.0.1:4000");
  let isHopeless = false;
  void workers.hopeless.then(() => (isHopeless = true));
  await processes.end(0);
  await after(1_000);
  expect(processes.started.map(({ port }) => port)).toEqual([null, "4000", "4000"]);
  expect(isHopeless).toBe(false);
});

test("one that ends again and again while another serves waits longer each time, and is never given up", async () => {
  const processes = new Processes();
  const workers = new Workers(processes.spawn);
  await workers.start(2);
  let isHopeless = false;
  void workers.hopeless.then(() => (isHopeless = true));
  processes.listen = false;
  const waits: number[] = [];
  for (let last = 1, round = 0; round < 8; round++) {
    await processes.end(last);
    last = processes.started.length;
    let waited = 0;
    for (; processes.started.length === last && waited < MINUTE_MS; waited += 500) await after(500);
    waits.push(waited);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(isHopeless).toBe(false);
});

test("when none serves and none can be started, the parent gives up", async () => {
  const processes = new Processes();
  const workers = new Workers(processes.spawn);
  await workers.start(2);
  let isHopeless = false;
  void workers.hopeless.then(() => (isHopeless = true));
  processes.listen = false;
  for (let ended = 0; ended < 40 && !isHopeless; ended++) {
    await processes.end(ended);
    await after(MINUTE_MS);
  }
  expect(isHopeless).toBe(true);
  expect(processes.started.length).toBeLessThan(14);
});
