/**
 * Two processes over one database against one. Where the load has no core of its own, what they do in a second says
 * little; what a unit costs says whether more cores would do more.
 */
import { startInlet } from "./contestants.ts";
import { Crowd } from "./fanout.ts";
import { type Figure, figure } from "./figures.ts";
import { send, texts } from "./loading.ts";
import { repeated } from "./rounds.ts";

const CONNECTIONS = 64;
const WEBHOOKS = 8_000;
const STREAMS = 1_000;
const MESSAGES = 200;

async function round(workers: number) {
  const server = await startInlet({ args: ["--workers", String(workers)] });
  const { number } = server.tenant;
  await send(server, texts(5_000, [number]), { connections: CONNECTIONS });
  const sent = await send(server, texts(WEBHOOKS, [number]), { connections: CONNECTIONS });
  const crowd = new Crowd(server);
  await crowd.growTo(STREAMS);
  await crowd.oneByOne(50);
  const fan = await crowd.oneByOne(MESSAGES);
  await crowd.leave();
  await server.stop();
  return {
    perSecond: sent.perSecond,
    cpuMicros: sent.cpuMicros,
    p99Ms: sent.p99Ms,
    perEvent: fan.microsPerMessage / STREAMS,
    eventsPerSecond: fan.eventsPerSecond,
  };
}

export async function workers(): Promise<Figure[]> {
  const one = await repeated(() => round(1));
  const two = await repeated(() => round(2));
  const both = (what: string, unit: string, name: keyof typeof one) => [
    figure(`${what}, one process`, unit, one[name]),
    figure("… two", unit, two[name]),
  ];
  return [
    ...both(`ingest over ${CONNECTIONS} connections, CPU for each webhook`, "µs", "cpuMicros"),
    ...both("… webhooks a second", "/s", "perSecond"),
    ...both("… 99th percentile of the answer", "ms", "p99Ms"),
    ...both(`fan-out to ${STREAMS} streams, CPU for each event`, "µs", "perEvent"),
    ...both("… events a second", "/s", "eventsPerSecond"),
  ];
}
