/** Ingest: webhooks that are verified, stored once, and synced to disk before they are answered. */
import type { Contestant } from "./contestants.ts";
import { atLeast, atMost, type Figure, figure, ratioAtMost } from "./figures.ts";
import { send, texts } from "./loading.ts";
import { beside, inTurn } from "./rounds.ts";

const CONNECTIONS = 64;
/** Until then Inlet's compiler takes another ten microseconds a webhook; both are measured as they are after days. */
const WARM_UP = 20_000;
const WEBHOOKS = 18_000;

async function round(server: Contestant) {
  const { number } = server.tenant;
  await send(server, texts(WARM_UP, [number]), { connections: CONNECTIONS });
  return send(server, texts(WEBHOOKS, [number]), { connections: CONNECTIONS });
}

export async function ingest(): Promise<Figure[]> {
  const both = beside(await inTurn(round));
  return [
    figure(`ingest, ${CONNECTIONS} connections, webhooks a second`, "/s", both.perSecond, atLeast(6_500)),
    figure("… CPU for each", "µs", both.cpuMicros, ratioAtMost(1.25)),
    figure("… median of the answer", "ms", both.p50Ms),
    figure("… 99th percentile", "ms", both.p99Ms),
    figure("… the load's share of a core", "", both.loadShare, atMost(1)),
  ];
}
