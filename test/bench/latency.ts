/** From a webhook's first byte to its event at a client, at a steady rate, with many streams open. */
import { until } from "../harness/until.ts";
import { startInlet } from "./contestants.ts";
import { atMost, type Figure, figure, percentile } from "./figures.ts";
import { openStreams, texts } from "./loading.ts";
import { repeated } from "./rounds.ts";
import { sendSteadily, toRequest } from "./webhooks.ts";

const STREAMS = 1_000;
const ACCOUNTS = 10;
const PER_SECOND = 200;
const SECONDS = 5;
const CONNECTIONS = 16;
const WARM_UP = 400;

/** The client that looks at the clock is this process, which sends as well; the other streams have another one. */
async function round() {
  const server = await startInlet({ accounts: ACCOUNTS });
  const { hostname, port } = new URL(server.url);
  const keys = server.tenants.map((tenant) => tenant.key);
  const crowd = await openStreams(server, STREAMS - ACCOUNTS, { keys });
  const sentAt: number[] = [];
  const took: number[] = [];
  for (const key of keys) {
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const request = `GET ${server.streamPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: (socket) => void socket.write(request),
        data: (_, chunk) => {
          resolve();
          const now = performance.now();
          for (const [, i] of chunk.toString("latin1").matchAll(/this is message (\d+)"/g))
            took.push(now - (sentAt[Number(i)] ?? Number.NaN));
        },
      },
    });
    await opened;
  }
  const numbers = server.tenants.map((tenant) => tenant.number);
  const way = { url: server.url, connections: CONNECTIONS };
  const run = async (count: number) => {
    took.length = 0;
    const requests = texts(count, numbers).map((each) => toRequest(server.webhookPath, each));
    await sendSteadily(way, requests, PER_SECOND, (i) => (sentAt[i] = performance.now()));
    await until("every message", () => took.length >= count, 30_000);
  };
  await run(WARM_UP);
  await run(PER_SECOND * SECONDS);
  await crowd.end();
  await server.stop();
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99), maxMs: Math.max(...took) };
}

export async function latency(): Promise<Figure[]> {
  const seen = await repeated(round);
  const what = `webhook's first byte to event, ${PER_SECOND} a second, ${ACCOUNTS} accounts, ${STREAMS} streams`;
  return [
    figure(`${what}, median`, "ms", seen.p50Ms, atMost(3)),
    figure("… 99th percentile", "ms", seen.p99Ms, atMost(15)),
    figure("… longest", "ms", seen.maxMs),
  ];
}
