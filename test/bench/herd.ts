/** Everybody comes back at once, each a hundred messages behind: how long it takes, and what the others notice. */
import { startInlet } from "./contestants.ts";
import { atMost, type Figure, figure } from "./figures.ts";
import { openStreams, send, texts } from "./loading.ts";
import { makeProbe } from "./probing.ts";
import { cpuMs } from "./process.ts";
import { repeated } from "./rounds.ts";

const CLIENTS = 5_000;
const BEHIND = 100;
/** Streams of another account, in another process, which get a heartbeat each second. */
const WATCHERS = 200;
const HEARTBEAT_MS = 1_000;
/** The longest of all first heartbeats, and of those that are under way when the herd is over. */
const BEATS_MS = 1_300;

const CAUGHT_UP = Buffer.from("event: caught_up");

async function round() {
  const probe = makeProbe();
  const env = { ...probe.env, STREAM_HEARTBEAT_SECONDS: String(HEARTBEAT_MS / 1000) };
  const server = await startInlet({ env, accounts: 2 });
  const [herd, others] = server.tenants;
  if (!herd || !others) throw new Error("there must be two accounts");
  await send(server, texts(2_000, [herd.number]), { connections: 16 });
  const newest = await newestPosition(server.url + server.streamPath, herd.key);
  const watchers = await openStreams(server, WATCHERS, { keys: [others.key], heartbeatMs: HEARTBEAT_MS });
  await Bun.sleep(2 * BEATS_MS);
  await Promise.all([watchers.beats(), probe.delay(server.pid)]);

  const [cpuBefore, ownBefore] = [cpuMs(server.pid), process.cpuUsage()];
  const startedAt = performance.now();
  const received = await comeBack(server.url + server.streamPath, herd.key, newest);
  const ms = performance.now() - startedAt;
  const cpu = cpuMs(server.pid) - cpuBefore;
  const own = process.cpuUsage(ownBefore);
  const delay = await probe.delay(server.pid);
  await Bun.sleep(BEATS_MS);
  const beats = await watchers.beats();

  const expected = Array.from({ length: BEHIND }, (_, i) => newest.seq - BEHIND + 1 + i).join();
  for (const chunks of received) {
    const text = Buffer.concat(chunks).toString("latin1");
    const seqs = [...text.matchAll(/^id: \w+-(\d+)\nevent: sms_received$/gm)].map((match) => match[1]);
    if (seqs.join() !== expected) throw new Error(`a client got ${seqs.length} messages, or not in order`);
  }
  await watchers.end();
  await server.stop();
  return {
    ms,
    cpuMicros: (cpu * 1000) / CLIENTS,
    turnMs: delay.maxMs,
    beatP99Ms: beats.p99Ms,
    beatMaxMs: beats.maxMs,
    loadShare: (own.user + own.system) / 1000 / ms,
  };
}

/** Resolves when all have caught up, to what each received. Nothing is looked at before: that would be slow. */
async function comeBack(url: string, key: string, newest: Position): Promise<Buffer[][]> {
  const { hostname, port, pathname } = new URL(url);
  const cursor = `${newest.epoch}-${newest.seq - BEHIND}`;
  const request =
    `GET ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
    `Last-Event-ID: ${cursor}\r\n\r\n`;
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  let caughtUp = 0;
  const received = Array.from({ length: CLIENTS }, () => {
    const chunks: Buffer[] = [];
    let isBehind = true;
    const data = (_: unknown, chunk: Buffer) => {
      if (!isBehind) return;
      chunks.push(Buffer.from(chunk));
      // It is at the end, and short: what was cut within it is put together.
      const end = Buffer.concat(chunks.slice(-2).map((each) => each.subarray(-200)));
      if (!end.includes(CAUGHT_UP)) return;
      isBehind = false;
      if (++caughtUp === CLIENTS) resolve();
    };
    const open = (socket: { write(text: string): number }) => void socket.write(request);
    const close = () => reject(new Error("a client was cut"));
    const socket = { open, data, close, error: (_: unknown, error: Error) => reject(error) };
    Bun.connect({ hostname, port: Number(port), socket }).catch(reject);
    return chunks;
  });
  await all;
  return received;
}

interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** From the `connected` of a fresh stream. */
export async function newestPosition(url: string, key: string): Promise<Position> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const reader = response.body?.getReader();
  const text = Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
  const [, epoch = "", seq = ""] = /^id: (\w+)-(\d+)$/m.exec(text) ?? [];
  return { epoch, seq: Number(seq) };
}

export async function herd(): Promise<Figure[]> {
  const seen = await repeated(round);
  const what = `${CLIENTS} clients return at once, each ${BEHIND} messages behind`;
  return [
    figure(`${what}, until all have caught up`, "ms", seen.ms),
    figure("… CPU for each", "µs", seen.cpuMicros),
    figure("… longest turn of the event loop", "ms", seen.turnMs, atMost(100)),
    figure("… how late the others' heartbeats are, 99th percentile", "ms", seen.beatP99Ms),
    figure("… the latest", "ms", seen.beatMaxMs),
    figure("… the load's share of a core", "", seen.loadShare),
  ];
}
