/** Those who do nothing wrong beside somebody who does: a stream, and webhooks one after the other. Both are served. */
import { readFileSync } from "node:fs";
import { atTheEnd } from "../harness/cleanup.ts";
import type { Server, Tenant } from "../harness/server.ts";
import { StreamClient } from "../harness/stream.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import type { Outcome } from "./trial.ts";

/** What all bounds on what waits for clients allow together, twice: see http/intake.ts, http/pulled.ts, stream/buffer.ts. */
const MAX_GROWTH_MB = 256;
/** On a machine that others use as well. */
const MAX_DELIVERY_MS = 10_000;
const PAUSE_MS = 20;

/** Of resident memory, in megabytes. */
export function residentMb({ pid }: Pick<Server, "pid">): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
}

/** Beside `work`: what they got, how long the slowest took from webhook to event, and by how much the memory grew. */
export async function besideOthers(
  server: Server,
  { key, number }: Tenant,
  work: () => Promise<Readonly<Record<string, number>>>,
): Promise<Outcome> {
  const faults: string[] = [];
  const abort = new AbortController();
  atTheEnd(() => abort.abort());
  const headers = { authorization: `Bearer ${key}` };
  const tls = { rejectUnauthorized: false };
  const stream = new StreamClient(
    await fetch(`${server.url}/v1/sms/stream`, { headers, tls, signal: abort.signal }),
    abort,
  );
  await stream.event("connected");
  const run = crypto.randomUUID();
  const mine = () => stream.bodies.filter((body) => String(body).startsWith(run));
  let isOver = false;
  let [deliveries, slowest] = [0, 0];
  const before = residentMb(server);
  let most = before;
  const serving = (async () => {
    while (!isOver || deliveries === 0) {
      const body = JSON.stringify(smsEvent(number, `${run} ${deliveries}`));
      const init = { method: "POST", headers: signedHeaders(server.telnyx, body), body, tls };
      const startedAt = performance.now();
      const response = await fetch(`${server.url}/webhooks/telnyx`, init);
      if (response.status !== 200) throw new Error(`a webhook of others was answered ${response.status}`);
      const wanted = ++deliveries;
      await until(`text ${wanted} of others`, () => mine().length >= wanted, MAX_DELIVERY_MS);
      slowest = Math.max(slowest, performance.now() - startedAt);
      most = Math.max(most, residentMb(server));
      await Bun.sleep(PAUSE_MS);
    }
  })().catch((error) => {
    faults.push(String(error));
  });
  const figures = await work().catch((error) => {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return {};
  });
  isOver = true;
  await serving;
  stream.close();
  if (mine().join() !== Array.from({ length: deliveries }, (_, i) => `${run} ${i}`).join())
    faults.push(`others got ${mine().length} of ${deliveries} texts, or in another order`);
  if (most - before > MAX_GROWTH_MB) faults.push(`the memory grew by ${Math.round(most - before)} MB`);
  if (slowest > MAX_DELIVERY_MS) faults.push(`others waited ${Math.round(slowest)} ms`);
  return {
    figures: {
      ...figures,
      deliveriesOfOthers: deliveries,
      slowestOfOthersMs: Math.round(slowest),
      memoryBeforeMb: Math.round(before),
      memoryMostMb: Math.round(most),
    },
    faults,
  };
}
