/** Recovery in the service: when it looks, from when on, who of several looks, and what is said of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { openDatabase } from "../../../src/database/open.ts";
import { createAccount } from "../../../src/directory/accounts.ts";
import { addNumber } from "../../../src/directory/numbers.ts";
import { startLog } from "../../../src/log/log.ts";
import { withLease } from "../../../src/messages/lease.ts";
import { atTheEnd, emptyFolder } from "../../harness/cleanup.ts";
import { type TestService, tenant, testService } from "../../harness/service.ts";
import { connect } from "../../harness/stream.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { failing, stalling, stallingBody } from "../standin/faults.ts";
import { API_KEY, TelnyxStandin } from "../standin/telnyx.ts";
import { HOUR, MINUTE } from "./world.ts";

setDefaultTimeout(30_000);

const NUMBER = "+14155550188";

const ago = (ms: number) => Date.now() - ms;

function serve(telnyx: TelnyxStandin, folder: string, backfillMs: number): Promise<TestService> {
  const telnyxApi = { apiKey: API_KEY, baseUrl: telnyx.url, through: "" };
  return testService({ folder, telnyx: telnyx.key, config: { telnyxApi, backfillMs } });
}

/** A database with a number and a text of so long ago, as a service that has ended leaves it. */
async function before(telnyx: TelnyxStandin, storedMsAgo: number): Promise<string> {
  const folder = emptyFolder();
  const service = await testService({ folder, telnyx: telnyx.key });
  await tenant(service, NUMBER);
  await deliver(service.url, telnyx.key, smsEvent(NUMBER, "stored"));
  await service.database.write([{ sql: "UPDATE messages SET stored_at = ?", args: [ago(storedMsAgo)] }]);
  await service.close();
  return folder;
}

async function bodies(service: TestService): Promise<unknown[]> {
  const { rows } = await service.database.read("SELECT body FROM messages ORDER BY seq");
  return rows.map(({ body }) => body);
}

const checked = (service: TestService) =>
  until("a look", async () => {
    const { rows } = await service.database.read("SELECT 1 FROM checkpoints WHERE name = 'records'");
    return rows.length > 0;
  });

test("at the start it looks from the newest message on, and at an interval from where it came to", async () => {
  const telnyx = new TelnyxStandin();
  const folder = await before(telnyx, 2 * HOUR);
  telnyx.lose({ to: NUMBER, body: "before the overlap", at: ago(3 * HOUR) });
  telnyx.lose({ to: NUMBER, body: "while it was down", at: ago(HOUR) });
  const service = await serve(telnyx, folder, 200);
  await until("the first", async () => (await bodies(service)).includes("while it was down"));
  await checked(service);
  expect(await bodies(service)).toEqual(["stored", "while it was down"]);
  telnyx.lose({ to: NUMBER, body: "later" });
  await until("the next", async () => (await bodies(service)).includes("later"));
  expect(telnyx.problems).toEqual([]);
});

test("an empty database takes nothing from before its first minute, and one of long ago three days", async () => {
  const telnyx = new TelnyxStandin();
  telnyx.lose({ to: NUMBER, body: "old", at: ago(5 * MINUTE) });
  const fresh = emptyFolder();
  const database = await openDatabase({ url: `file:${fresh}/inlet.db`, authToken: null });
  const { id } = await createAccount(database, "team", "A", Date.now());
  await addNumber(database, NUMBER, id, null, Date.now());
  await database.close();
  const service = await serve(telnyx, fresh, 60_000);
  await checked(service);
  expect(await bodies(service)).toEqual([]);

  telnyx.lose({ to: NUMBER, body: "four days", at: ago(96 * HOUR) });
  telnyx.lose({ to: NUMBER, body: "two days", at: ago(48 * HOUR) });
  const long = await serve(telnyx, await before(telnyx, 240 * HOUR), 60_000);
  await checked(long);
  expect(await bodies(long)).toEqual(["stored", "two days", "old"]);
});

test("one of several processes looks, and whoever comes while one does waits", async () => {
  const telnyx = new TelnyxStandin();
  const folder = await before(telnyx, HOUR);
  const database = await openDatabase({ url: `file:${folder}/inlet.db`, authToken: null });
  let runs = 0;
  const work = async () => {
    runs++;
    expect(await withLease(database, 0, work)).toBe(false);
  };
  expect(await withLease(database, 0, work)).toBe(true);
  expect(await withLease(database, HOUR, work)).toBe(false);
  expect(await withLease(database, 0, work)).toBe(true);
  expect(runs).toBe(2);
  const failed = withLease(database, 0, () => Promise.reject(new Error("no")));
  expect(await failed.catch((error: Error) => error.message)).toBe("no");
  expect(await withLease(database, 0, () => Promise.resolve())).toBe(true);
  await database.close();
});

test("Telnyx that stalls holds up neither webhooks nor the end", async () => {
  for (const fault of [stalling, stallingBody, failing(429, "no", { "retry-after": "3600" })]) {
    const telnyx = new TelnyxStandin();
    telnyx.faults.push(fault);
    const service = await serve(telnyx, await before(telnyx, HOUR), 60_000);
    await until("it is asked", () => telnyx.requests.length > 0);
    const { key } = await tenant(service, "+14155550187");
    const client = await connect(service.url, { key });
    expect(await deliver(service.url, telnyx.key, smsEvent("+14155550187", "live"))).toBe("stored");
    await client.messageCount(1);
    client.close();
    const since = performance.now();
    await service.close();
    // What stalls would take ten seconds or more.
    expect(performance.now() - since).toBeLessThan(5_000);
  }
});

test("without a key, or where it is switched off, Telnyx is never asked", async () => {
  const telnyx = new TelnyxStandin();
  const service = await serve(telnyx, await before(telnyx, HOUR), 0);
  expect(await deliver(service.url, telnyx.key, smsEvent(NUMBER, "live"))).toBe("stored");
  await service.close();
  expect(telnyx.requests).toEqual([]);
});

test("what keeps it from looking is said once at once, again when it is another, and once when it is over", async () => {
  const telnyx = new TelnyxStandin();
  const lines: string[] = [];
  startLog({ level: "info", format: "json" }, (line) => lines.push(line));
  atTheEnd(() => startLog({ level: "fatal", format: "json" }, () => undefined));
  const said = () =>
    lines
      .map((line) => JSON.parse(line) as { message: string; properties: { reason?: string } })
      .filter(({ message }) => message.startsWith("missed webhooks"))
      .map(({ message, properties }) => properties.reason ?? message);
  let id = 14155551234;
  telnyx.faults.push((asked, genuine) => failing(503, `request ${id++} failed`)(asked, genuine));
  const service = await serve(telnyx, await before(telnyx, HOUR), 50);
  await until("the first", () => said().length === 1);
  expect(said()[0]).toContain("503");
  expect(said()[0]).not.toContain("14155551234");
  telnyx.faults.splice(0, 1, failing(401, "who are you"));
  await until("another", () => said().length === 2);
  await until("it asks again", () => telnyx.requests.length > 6);
  telnyx.faults.pop();
  await until("the end", () => said().length === 3);
  expect(said()).toEqual([
    expect.stringContaining("503"),
    expect.stringContaining("TELNYX_API_KEY"),
    "missed webhooks can be looked for again",
  ]);
  await service.close();
});

test("a key that may not read the records costs nothing of the deliveries", async () => {
  const telnyx = new TelnyxStandin();
  telnyx.faults.push((asked, genuine) =>
    asked.path === "/detail_records" ? failing(403)(asked, genuine) : null,
  );
  const folder = await before(telnyx, HOUR);
  const service = await serve(telnyx, folder, 50);
  await until("many looks", () => telnyx.count("/webhook_deliveries") > 8);
  telnyx.lose({ to: NUMBER, body: "later" });
  await until("it", async () => (await bodies(service)).includes("later"));
  expect(telnyx.count("/detail_records")).toBe(3);
  // Once it may, what only they know of since the beginning comes.
  telnyx.lose({ to: NUMBER, body: "recorded", at: ago(HOUR - MINUTE), isListed: false });
  await service.close();
  telnyx.faults.pop();
  const again = await serve(telnyx, folder, 600_000);
  await until("it", async () => (await bodies(again)).includes("recorded"));
});

test("a process that was killed while it looked holds up the next only until its lease is over", async () => {
  const telnyx = new TelnyxStandin();
  telnyx.lose({ to: NUMBER, body: "lost", at: ago(MINUTE) });
  const folder = await before(telnyx, HOUR);
  const database = await openDatabase({ url: `file:${folder}/inlet.db`, authToken: null });
  const leasedUntil = Date.now() + 1_500;
  const sql =
    "INSERT INTO checkpoints (name, checked_at, leased_until, report) VALUES ('lease', ?, ?, 'killed')";
  await database.write([{ sql, args: [Date.now(), leasedUntil] }]);
  const service = await serve(telnyx, folder, 600_000);
  await until("it comes", async () => (await bodies(service)).includes("lost"));
  expect(Date.now()).toBeGreaterThanOrEqual(leasedUntil);
  await database.close();
});
