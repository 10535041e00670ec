/** What is measured of a server: fan-out, ingest, memory. Each resolves to figures of one round. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { type Contestant, NUMBER, TELNYX } from "./contestants.ts";
import { cpuMs, rssBytes } from "./process.ts";

const LOAD = join(import.meta.dir, "load.ts");

interface Load {
  readonly next: () => Promise<Record<string, number>>;
  readonly say: (line: string) => void;
  readonly end: () => void;
}

/** Starts the load in a process of its own. */
function startLoad(task: object): Load {
  const child = Bun.spawn([process.execPath, LOAD, JSON.stringify(task)], { stdin: "pipe", stdout: "pipe" });
  const reader = child.stdout.getReader();
  return {
    next: async () => JSON.parse(Buffer.from((await reader.read()).value ?? []).toString()),
    say: (line) => {
      void child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    },
    end: () => child.kill(),
  };
}

/** `count` streams of one account, `messages` texts one after the other. */
export async function fanOut(server: Contestant, count: number, messages: number) {
  const { url, streamPath: path, key, pid } = server;
  const load = startLoad({ kind: "streams", url, path, key, count });
  await load.next();
  await server.emit();
  const cpuBefore = cpuMs(pid);
  const startedAt = performance.now();
  for (let i = 1; i < messages; i++) await server.emit();
  const expected = messages * count;
  let seen: Record<string, number> = {};
  await until(
    "every stream to have every message",
    async () => {
      load.say("count");
      seen = await load.next();
      return (seen.events ?? 0) >= expected;
    },
    60_000,
  );
  const cpu = cpuMs(pid) - cpuBefore;
  const ms = performance.now() - startedAt;
  load.end();
  const delivered = expected - count;
  return {
    cpuMicrosPerEvent: (cpu * 1000) / delivered,
    eventsPerSecond: (delivered / ms) * 1000,
    loadCpuShare: (seen.cpuMs ?? 0) / ms,
  };
}

/** Opens `count` streams and lets the server rest: what an idle stream costs. */
export async function idleStreams(server: Contestant, count: number, rest: () => Promise<unknown>) {
  const { url, streamPath: path, key, pid } = server;
  const before = rssBytes(pid);
  const cpuBefore = cpuMs(pid);
  const load = startLoad({ kind: "streams", url, path, key, count });
  await load.next();
  const openCpuMicros = ((cpuMs(pid) - cpuBefore) * 1000) / count;
  await rest();
  const streamKilobytes = (rssBytes(pid) - before) / count / 1024;
  load.end();
  return { streamKilobytes, openCpuMicros };
}

/** `count` signed webhooks over `connections` connections, each one at a time. */
export async function ingest(server: Contestant, connections: number, count: number) {
  const folder = mkdtempSync(join(tmpdir(), "inlet-bench-load-"));
  const file = join(folder, "webhooks");
  const lines = Array.from({ length: count }, (_, i) => {
    const body = JSON.stringify(smsEvent(NUMBER, `hello there, this is message ${i}`));
    return JSON.stringify({ headers: signedHeaders(TELNYX, body), body });
  });
  writeFileSync(file, lines.join("\n"));
  const cpuBefore = cpuMs(server.pid);
  const load = startLoad({ kind: "ingest", url: server.url, path: server.webhookPath, connections, file });
  const seen = await load.next();
  const cpu = cpuMs(server.pid) - cpuBefore;
  load.end();
  rmSync(folder, { recursive: true });
  const statuses = seen.statuses as unknown as Record<string, number>;
  if (statuses["200"] !== count) throw new Error(`not all were answered 200: ${JSON.stringify(statuses)}`);
  const ms = seen.ms ?? Number.NaN;
  return {
    cpuMicrosPerWebhook: (cpu * 1000) / count,
    perSecond: (count / ms) * 1000,
    p50Ms: seen.p50 ?? Number.NaN,
    p99Ms: seen.p99 ?? Number.NaN,
    loadCpuShare: (seen.cpuMs ?? 0) / ms,
  };
}
