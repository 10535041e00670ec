/** The other end of load.ts: starts it, tells it what to do, and reads what it saw. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { type Contestant, TELNYX } from "./contestants.ts";
import type { Task } from "./load.ts";
import { cpuMs } from "./process.ts";
import type { StreamsTask } from "./streams.ts";
import type { Prepared, Sent } from "./webhooks.ts";

const LOAD = join(import.meta.dir, "load.ts");
/** More than any part should need: then it has hung. */
const PATIENCE_MS = 120_000;

/** What it says has its own CPU time, in ms, since it last said something. */
type Said<T> = T & { readonly cpuMs: number };

export interface Load {
  readonly first: Said<{ opened: number; refused: number } & Sent>;
  readonly count: () => Promise<Said<{ events: number; bytes: number }>>;
  readonly beats: () => Promise<Said<{ beats: number; p99Ms: number; maxMs: number }>>;
  readonly abort: () => Promise<Said<object>>;
  readonly end: () => Promise<void>;
}

/** Resolves when it has opened its streams, or sent its webhooks. */
async function startLoad(task: Task): Promise<Load> {
  const child = Bun.spawn([process.execPath, LOAD, JSON.stringify(task)], { stdin: "pipe", stdout: "pipe" });
  const end = async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
  atTheEnd(end);
  const lines = readLines(child.stdout);
  const read = async <T>() => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the load ended with ${await child.exited}`);
    return JSON.parse(value) as Said<T>;
  };
  const ask = <T>(line: string) => {
    void child.stdin.write(`${line}\n`);
    void child.stdin.flush();
    return read<T>();
  };
  return {
    first: await read(),
    count: () => ask("count"),
    beats: () => ask("beats"),
    abort: () => ask("abort"),
    end,
  };
}

async function* readLines(output: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of output) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

/** Opens `count` streams with these keys in turn. All must open, unless they may be refused. */
export async function openStreams(
  { url, streamPath: path, tenant }: Contestant,
  count: number,
  { mayRefuse = false, ...options }: Partial<StreamsTask> & { mayRefuse?: boolean } = {},
): Promise<Load> {
  const load = await startLoad({ kind: "streams", url, path, keys: [tenant.key], count, ...options });
  if (load.first.refused > 0 && !mayRefuse)
    throw new Error(`${load.first.refused} of ${count} streams were refused`);
  return load;
}

/** Resolves, with the load's CPU in ms, when the streams of all have had `events` in all. */
export async function untilDelivered(loads: readonly Load[], events: number): Promise<number> {
  let cpu = 0;
  const arrived = async () => {
    const counts = await Promise.all(loads.map((load) => load.count()));
    cpu += counts.reduce((sum, count) => sum + count.cpuMs, 0);
    return counts.reduce((sum, count) => sum + count.events, 0) >= events;
  };
  await until("every stream to have every message", arrived, PATIENCE_MS);
  return cpu;
}

/** Requests with these bodies, and with the signature that Telnyx would give them. */
export function signed(bodies: readonly string[]): Prepared[] {
  return bodies.map((body) => ({ headers: signedHeaders(TELNYX, body), body }));
}

/** Texts to these numbers in turn. */
export function texts(count: number, numbers: readonly string[]): Prepared[] {
  const bodies = Array.from({ length: count }, (_, i) =>
    JSON.stringify(smsEvent(numbers[i % numbers.length] ?? "", `hello there, this is message ${i}`)),
  );
  return signed(bodies);
}

export interface SendOptions {
  readonly connections: number;
  /** As fast as they are answered, if absent. */
  readonly perSecond?: number;
  readonly path?: string;
  /** Whether some may be answered otherwise than 200. */
  readonly mayFail?: boolean;
}

/** Sends the requests from a process of its own. Throws unless all were answered 200, or may fail. */
export async function send(
  server: Contestant,
  requests: readonly Prepared[],
  { path = server.webhookPath, mayFail = false, ...options }: SendOptions,
) {
  const folder = emptyFolder();
  const file = join(folder, "requests");
  writeFileSync(file, requests.map((request) => JSON.stringify(request)).join("\n"));
  const before = cpuMs(server.pid);
  const load = await startLoad({ kind: "webhooks", url: server.url, path, file, ...options });
  const cpu = cpuMs(server.pid) - before;
  await load.end();
  rmSync(folder, { recursive: true });
  const { ok, others, ms, p50, p99, cpuMs: loadCpuMs } = load.first;
  if (others > 0 && !mayFail) throw new Error(`${ok} were answered 200, and ${others} were not`);
  return {
    cpuMicros: (cpu * 1000) / requests.length,
    perSecond: (requests.length / ms) * 1000,
    failed: others,
    p50Ms: p50,
    p99Ms: p99,
    loadShare: loadCpuMs / ms,
  };
}
