/** How late the event loop that serves the streams is, while webhooks are stored, and while the disk stalls. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { compile } from "./compile.ts";
import { startInlet } from "./contestants.ts";
import { atMost, type Figure, figure } from "./figures.ts";
import { openStreams, send, texts, untilDelivered } from "./loading.ts";
import { makeProbe, startIdler } from "./probing.ts";
import { waitedMs } from "./process.ts";
import { repeated } from "./rounds.ts";

const PER_SECOND = 2_000;
const WARM_UP_SECONDS = 2;
const SECONDS = 4;
/** Three syncs in a row take half a second each. */
const STALL_MS = 1_400;
/** While a sync takes half a second, a thousand webhooks wait for it. */
const CONNECTIONS = 1_500;
const STREAMS = 10;

async function round(stall: string | null) {
  const probe = makeProbe();
  const file = join(emptyFolder(), "stall");
  const server = await startInlet({
    env: { ...probe.env, ...(stall ? { LD_PRELOAD: stall, STALL_FILE: file } : {}) },
  });
  const streams = await openStreams(server, STREAMS);
  const idler = startIdler();
  const { number } = server.tenant;
  const monotonic = (seconds: number, connections: number, mayFail = false) =>
    send(server, texts(PER_SECOND * seconds, [number]), { connections, perSecond: PER_SECOND, mayFail });
  await monotonic(WARM_UP_SECONDS, 64);
  await Promise.all([probe.delay(server.pid), idler.delay()]);
  const waitedBefore = waitedMs(server.pid);
  const sent = await monotonic(SECONDS, 64);
  const waited = waitedMs(server.pid) - waitedBefore;
  const [busy, idle] = await Promise.all([probe.delay(server.pid), idler.delay()]);
  let failed = Number.NaN;
  let stalled = { p50Ms: Number.NaN, p99Ms: Number.NaN, maxMs: Number.NaN };
  if (stall) {
    const sending = monotonic(3, CONNECTIONS, true);
    // It has connected, and sent for half a second.
    await untilDelivered([streams], STREAMS * PER_SECOND * (WARM_UP_SECONDS + SECONDS + 0.5));
    await probe.delay(server.pid);
    writeFileSync(file, "");
    await Bun.sleep(STALL_MS);
    rmSync(file);
    stalled = await probe.delay(server.pid);
    failed = (await sending).failed;
  }
  idler.end();
  await streams.end();
  await server.stop();
  return {
    p50Ms: busy.p50Ms,
    p99Ms: busy.p99Ms,
    maxMs: busy.maxMs,
    waitedShare: waited / (SECONDS * 1000),
    idleP99Ms: idle.p99Ms,
    idleMaxMs: idle.maxMs,
    stalledP99Ms: stalled.p99Ms,
    stalledMaxMs: stalled.maxMs,
    failed,
    perSecond: sent.perSecond,
    loadShare: sent.loadShare,
  };
}

export async function delay(): Promise<Figure[]> {
  const stall = compile("../harness/stall.c", "-shared", "-fPIC", "-ldl");
  if (!stall) process.stdout.write("delay: without gcc the disk cannot be made to stall\n");
  const seen = await repeated(() => round(stall));
  const what = `event-loop delay at ${PER_SECOND} webhooks a second`;
  return [
    figure(`${what}, median`, "ms", seen.p50Ms),
    figure("… 99th percentile", "ms", seen.p99Ms, atMost(5)),
    figure("… longest", "ms", seen.maxMs),
    figure("… share of the time in which its thread waited for a core", "", seen.waitedShare),
    figure("… of a process that does nothing meanwhile, 99th percentile", "ms", seen.idleP99Ms),
    figure("… longest", "ms", seen.idleMaxMs),
    figure("… webhooks a second, as sent", "/s", seen.perSecond),
    figure("… the load's share of a core", "", seen.loadShare, atMost(1)),
    ...(stall
      ? [
          figure(
            "… while each sync takes half a second, 99th percentile",
            "ms",
            seen.stalledP99Ms,
            atMost(15),
          ),
          figure("… longest", "ms", seen.stalledMaxMs),
          figure("… webhooks that were not answered 200 in time", "", seen.failed, atMost(0)),
        ]
      : []),
  ];
}
