/** What many stored messages change: replays, history, the start, ingest, and the removal of the old ones. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { type Inlet, serve, startInlet } from "./contestants.ts";
import { atMost, type Figure, figure, median } from "./figures.ts";
import { newestPosition } from "./herd.ts";
import { send, texts } from "./loading.ts";
import { fillMessages, numbersOf, QUIET_NUMBER } from "./messages.ts";
import { addUser, type Tenant } from "./populate.ts";
import { makeProbe, startIdler } from "./probing.ts";
import { searches } from "./searches.ts";
import { startOn } from "./start.ts";
import { shown, timed } from "./timed.ts";

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 5_000_000);
const ACCOUNTS = 1_000;
const TEAMS = Array.from({ length: 20 }, (_, i) => i + 2);
/** As many as a replay's page holds. */
const PAGE = 200;
const DAY_MS = 86_400_000;
const WEBHOOKS = 10_000;
const RETENTION_WATCH_MS = 8_000;

const KEEP = { RETENTION_DAYS: "0" };
/** Of the thirty days' messages some are too old, more than are removed while it is watched. */
const PRUNE = { RETENTION_DAYS: "28" };

export async function depth(): Promise<Figure[]> {
  const shallow = await startInlet({ accounts: ACCOUNTS, env: KEEP });
  const before = await cpuOfWebhook(shallow);
  await shallow.stop();

  const startedAt = performance.now();
  let user: Tenant | undefined;
  const probe = makeProbe();
  const deep = await startInlet({
    accounts: ACCOUNTS,
    env: { ...KEEP, ...probe.env },
    prepare: (file) => {
      user = addUser(file, TEAMS);
      fillMessages(file, MESSAGES, ACCOUNTS);
    },
  });
  process.stdout.write(
    `depth: made ${MESSAGES} messages in ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
  );
  const figures = [
    ...(await replays(deep, user ?? deep.tenant)),
    ...(await searches(deep, user ?? deep.tenant, probe)),
  ];
  const after = await cpuOfWebhook(deep);
  figures.push(
    figure(`ingest into a database of ${MESSAGES} messages, CPU for each webhook`, "µs", after),
    figure("… so many times that of an empty one", "×", after / before),
  );
  figures.push(...(await startsAndRemoves(deep)));
  await deep.stop();
  return figures;
}

async function cpuOfWebhook(server: Inlet): Promise<number> {
  const numbers = numbersOf(ACCOUNTS);
  await send(server, texts(5_000, numbers), { connections: 64 });
  return (await send(server, texts(WEBHOOKS, numbers), { connections: 64 })).cpuMicros;
}

/** Each from another place, as clients come back. */
async function replays(server: Inlet, user: Tenant): Promise<Figure[]> {
  const url = server.url + server.streamPath;
  const { epoch } = await newestPosition(url, user.key);
  const cursor = () => ({ "last-event-id": `${epoch}-${Math.floor(Math.random() * MESSAGES * 0.9)}` });
  const since = () => new Date(Date.now() - DAY_MS * (1 + 28 * Math.random())).toISOString();
  const one = server.tenants[1] ?? server.tenant;
  const page = (key: string, query: () => string, headers: () => Record<string, string>) =>
    timed(() => firstPage(url + query(), { authorization: `Bearer ${key}`, ...headers() }));
  const none = () => ({});
  return [
    ...shown(
      `${MESSAGES} messages stored, a replay's first page, one account`,
      await page(one.key, () => "", cursor),
    ),
    ...shown(`… a user in ${TEAMS.length} teams`, await page(user.key, () => "", cursor)),
    ...shown(
      "… narrowed to a number that gets one message in a thousand",
      await page(
        server.tenant.key,
        () => `?to=${encodeURIComponent(QUIET_NUMBER)}`,
        () => ({
          "last-event-id": `${epoch}-${Math.floor(Math.random() * MESSAGES * 0.5)}`,
        }),
      ),
    ),
    ...shown("… since a time", await page(one.key, () => `?since=${since()}`, none)),
  ];
}

/** On the same database, served anew. */
async function startsAndRemoves(server: Inlet): Promise<Figure[]> {
  await server.finish();
  const { folder } = server;
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) starts.push(await startOn(folder, KEEP));
  const probe = makeProbe();
  const pruning = await serve(folder, { ...probe.env, ...PRUNE });
  const idler = startIdler();
  await Bun.sleep(1_000);
  await Promise.all([probe.delay(pruning.pid), idler.delay()]);
  const from = prunedThrough(folder);
  await Bun.sleep(RETENTION_WATCH_MS);
  const [delay, idle] = await Promise.all([probe.delay(pruning.pid), idler.delay()]);
  idler.end();
  const removed = prunedThrough(folder) - from;
  await pruning.stop();
  return [
    figure("serve, to the first 200 of /readyz", "ms", median(starts), atMost(300)),
    figure("retention, messages removed a second", "/s", removed / (RETENTION_WATCH_MS / 1000)),
    figure("… event-loop delay meanwhile, 99th percentile", "ms", delay.p99Ms),
    figure("… longest", "ms", delay.maxMs, atMost(50)),
    figure("… of a process that does nothing meanwhile", "ms", idle.maxMs),
  ];
}

function prunedThrough(folder: string): number {
  const database = new Database(join(folder, "inlet.db"));
  const row = database
    .query<{ through: number }, []>("SELECT pruned_through AS through FROM installation")
    .get();
  database.close();
  return row?.through ?? 0;
}

/** Resolves when a whole page has come, or everything there is. */
async function firstPage(address: string, headers: Record<string, string>): Promise<void> {
  const { hostname, port, pathname, search } = new URL(address);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { promise: whole, resolve, reject } = Promise.withResolvers<void>();
  let received = "";
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) =>
        void socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n${fields.join("")}\r\n`),
      data: (_, chunk) => {
        received += chunk.toString("latin1");
        if (!received.startsWith("HTTP/1.1 200")) reject(new Error(received));
        const events = received.split("event: sms_received").length - 1;
        if (events >= PAGE || received.includes("event: caught_up")) resolve();
      },
    },
  });
  await whole;
  socket.terminate();
}
