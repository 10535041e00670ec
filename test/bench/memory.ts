/** What idle streams hold, and whether those that leave take everything with them. */
import { until } from "../harness/until.ts";
import { type Contestant, startBare, startInlet } from "./contestants.ts";
import { atMost, type Figure, figure } from "./figures.ts";
import { openStreams } from "./loading.ts";
import { cpuMs, rssBytes } from "./process.ts";
import { beside, ROUNDS } from "./rounds.ts";

const STREAMS = 10_000;
/** After so long the runtime has given back what opening the streams took. */
const REST_MS = 10_000;
/** At a time, which is as many as the server may hold. */
const ABORTS = 1_000;
const WARM_UP_CYCLES = 10;
const CYCLES = 10;

/** Both in the same ten seconds: their memory does not depend on each other. */
async function round() {
  const [inlet, bare] = await Promise.all([startInlet(), startBare()]);
  const ours = await open(inlet);
  const theirs = await open(bare);
  const cpuBefore = cpuMs(inlet.pid);
  await Bun.sleep(REST_MS);
  const idleCpu = (cpuMs(inlet.pid) - cpuBefore) / REST_MS;
  const measured = { inlet: await ours.kilobytes(), bare: await theirs.kilobytes() };
  await Promise.all([inlet.stop(), bare.stop()]);
  return {
    inlet: { kilobytes: measured.inlet, openMicros: ours.openMicros, base: ours.base, idleCpu },
    bare: { kilobytes: measured.bare, openMicros: theirs.openMicros, base: theirs.base, idleCpu: Number.NaN },
  };
}

async function open(server: Contestant) {
  const { pid } = server;
  const [rssBefore, cpuBefore] = [rssBytes(pid), cpuMs(pid)];
  const streams = await openStreams(server, STREAMS);
  const openMicros = ((cpuMs(pid) - cpuBefore) * 1000) / STREAMS;
  return {
    openMicros,
    base: rssBefore / 1024 ** 2,
    kilobytes: async () => {
      const kilobytes = (rssBytes(pid) - rssBefore) / STREAMS / 1024;
      await streams.end();
      return kilobytes;
    },
  };
}

/**
 * Connects and aborts, again and again, half of them before they are answered. The server may hold just as many as
 * come at a time: had one been left behind, the next ones would not all get in.
 */
async function aborts() {
  const server = await startInlet({ env: { MAX_STREAMS: String(ABORTS) } });
  const cycle = async () => {
    const streams = await openStreams(server, ABORTS, { halfLeave: true, mayRefuse: true });
    await streams.abort();
    await streams.end();
  };
  /** How many of a full house get in, once those who left are noticed. */
  const fits = async () => {
    let opened = 0;
    await until(
      "the server to notice who left",
      async () => {
        const streams = await openStreams(server, ABORTS, { mayRefuse: true });
        opened = streams.first.opened;
        await streams.end();
        return opened === ABORTS;
      },
      5_000,
    ).catch(() => undefined);
    return opened;
  };
  for (let i = 0; i < WARM_UP_CYCLES; i++) await cycle();
  await fits();
  await Bun.sleep(REST_MS / 2);
  const before = rssBytes(server.pid);
  for (let i = 0; i < CYCLES; i++) await cycle();
  const opened = await fits();
  await Bun.sleep(REST_MS / 2);
  const growth = (rssBytes(server.pid) - before) / (CYCLES * ABORTS);
  await server.stop();
  return { growth, left: ABORTS - opened };
}

export async function memory(): Promise<Figure[]> {
  const rounds = { inlet: [], bare: [] } as Record<
    "inlet" | "bare",
    Awaited<ReturnType<typeof round>>["inlet"][]
  >;
  for (let i = 0; i < ROUNDS; i++) {
    const { inlet, bare } = await round();
    rounds.inlet.push(inlet);
    rounds.bare.push(bare);
  }
  const both = beside(rounds);
  const left = await aborts();
  return [
    figure(`${STREAMS} idle streams, resident memory for each`, "KB", both.kilobytes, atMost(7)),
    figure("… of the process before the first of them", "MB", both.base),
    figure("… CPU to open one", "µs", both.openMicros),
    figure("… share of a core that the idle service takes, heartbeats included", "", both.idleCpu.inlet),
    figure(`${CYCLES * ABORTS} connects and aborts, growth for each`, "bytes", left.growth, atMost(100)),
    figure("… subscribers left behind", "", left.left, atMost(0)),
  ];
}
