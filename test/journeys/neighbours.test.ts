/** One tenant asks for all that is expensive, and gives up on it; another one's pages come as if it were alone. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { api } from "../harness/api.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { append } from "../messages/fill.ts";

const TEXTS = 20_000;
const EXPENSIVE = `/sms/messages?q=${Array.from({ length: 16 }, () => "inv*").join("+")}`;
const WAITING = `/sms/messages/next?since=all&timeout=20&q=${"a.".repeat(200)}b`;

const server = await startServer({ env: { MAX_STREAMS_PER_KEY: "400" } });
const greedy = await addTenant(server.folder, "+14155550001");
const modest = await addTenant(server.folder, "+14155550002");
await store(greedy, TEXTS);
for (let i = 0; i < 3; i++) await deliver(server.url, server.telnyx, smsEvent(modest.number, `text ${i}`));
await api(server.url, greedy.key, "/sms/messages?q=indexed");

/** Texts that each have a number of their own. */
async function store({ accountId, number }: Tenant, count: number): Promise<void> {
  const database = await openDatabase({ url: `file:${join(server.folder, "inlet.db")}`, authToken: null });
  atTheEnd(database.close);
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({
      account: accountId,
      to: number,
      body: `INV${from + i} ${"a ".repeat(20)}`,
    }));
    await append(database, rows, from + 1);
  }
}

/** Asks, and goes away after a tenth of a second. */
async function giveUp({ url }: Server, path: string): Promise<void> {
  const signal = AbortSignal.timeout(100);
  const headers = { authorization: `Bearer ${greedy.key}` };
  await fetch(`${url}/api/v1${path}`, { headers, signal })
    .then((response) => response.text())
    .catch(() => undefined);
}

/** The longest of the modest one's requests, in ms, one after the other, for as long as `work` is under way and once more. */
async function longestWait(work: Promise<unknown>, path: string): Promise<number> {
  let isOver = false;
  void work.finally(() => {
    isOver = true;
  });
  let longest = 0;
  for (let last = false; ; last = isOver) {
    const start = performance.now();
    const answer = await api(server.url, modest.key, path);
    expect(answer.status).toBe(200);
    expect(answer.data.length).toBe(3);
    longest = Math.max(longest, performance.now() - start);
    if (last) return longest;
    await Bun.sleep(5);
  }
}

const many = (times: number, work: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: times }, work));

/** In one line with what was given up it is ten seconds and more; alone it is some milliseconds. */
const GENEROUS_MS = 4_000;

for (const [what, path, times] of [
  ["searches", EXPENSIVE, 300],
  ["waits that look through everything", WAITING, 200],
  ["replays of everything", "/sms/stream?since=all", 60],
] as const) {
  test(`${what} that are given up keep nobody else's history away, nor their searches`, async () => {
    for (const other of ["/sms/messages", "/sms/messages?q=text"]) {
      const attack = many(times, () => giveUp(server, path));
      expect(await longestWait(attack, other)).toBeLessThan(GENEROUS_MS);
    }
  }, 60_000);
}

test("a key has a few history requests in flight; the others are told when to come back, and it loses nothing", async () => {
  const answers = await many(40, () => api(server.url, greedy.key, EXPENSIVE));
  const statuses = new Set((answers as Awaited<ReturnType<typeof api>>[]).map(({ status }) => status));
  expect([...statuses].sort()).toEqual([200, 429]);
  for (const answer of answers as Awaited<ReturnType<typeof api>>[]) {
    if (answer.status !== 429) continue;
    expect(answer.error.code).toBe("rate_limited");
    expect(answer.headers.get("retry-after")).toBe("1");
  }
  for (let i = 0; i < 10; i++) expect((await api(server.url, greedy.key, "/sms/messages")).status).toBe(200);
  // The answer to a HEAD is taken at once, however large it would be.
  for (let i = 0; i < 10; i++) {
    const head = await api(server.url, greedy.key, "/sms/messages?limit=200", { method: "HEAD" });
    expect(head.status).toBe(200);
  }
}, 30_000);
