/** A database that goes back under a service gets another epoch, once, and whoever follows it is told. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { changeEpoch, isSequel } from "../../src/database/epoch.ts";
import type { Installation } from "../../src/database/installation.ts";
import { openDatabase } from "../../src/database/open.ts";
import { revokeKey } from "../../src/keys/store.ts";
import { api } from "../harness/api.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const KNOWN: Installation = {
  epoch: "e1",
  position: 7,
  directoryVersion: 7,
  prunedThrough: 7,
  deletions: 7,
  question: 0,
};

test("what comes after has no number that is less, and the same epoch", () => {
  const number = fc.integer({ min: 0, max: 14 });
  const found = fc.record({
    position: number,
    directoryVersion: number,
    prunedThrough: number,
    deletions: number,
  });
  fc.assert(
    fc.property(found, (found) => {
      const isLater = Object.values(found).every((value) => value >= 7);
      expect(isSequel(KNOWN, { ...found, question: 0, epoch: "e1" })).toBe(isLater);
      expect(isSequel(KNOWN, { ...found, question: 0, epoch: "e2" })).toBe(false);
    }),
  );
});

test("of many that notice at once one changes the epoch, and all are told the same", async () => {
  const url = `file:${join(emptyFolder(), "inlet.db")}`;
  const open = () => openDatabase({ url, authToken: null });
  const all = [await open(), await open(), await open(), await open()];
  atTheEnd(() => Promise.all(all.map((database) => database.close())));
  const [first] = all;
  if (!first) throw new Error("no database");
  const before = await first.installation();
  const known = { ...before, position: before.position + 10 };
  const found = await Promise.all(all.map(({ write }) => changeEpoch(write, known, false)));
  expect(new Set(found.map(({ epoch }) => epoch)).size).toBe(1);
  expect(found[0]?.epoch).not.toBe(before.epoch);
  // A replica that lagged: the primary has reached what is known.
  const present = await first.installation();
  expect(await changeEpoch(first.write, present, false)).toEqual(present);
});

/** In a process of its own: a second SQLite in this one would drop the locks of the first. */
async function sqlite(path: string, ...statements: string[]): Promise<void> {
  const script = `
    const { Database } = require("bun:sqlite");
    const database = new Database(${JSON.stringify(path)});
    for (const sql of ${JSON.stringify(["PRAGMA busy_timeout = 5000", ...statements])}) database.run(sql);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
}

/** A service with five texts, a copy of its state, and ten texts more. */
async function serving() {
  const folder = emptyFolder();
  const path = join(folder, "inlet.db");
  const service = await testService({ folder });
  const owner = await tenant(service, "+14155559999");
  const send = async (text: string) => deliver(service.url, service.telnyx, smsEvent(owner.number, text));
  for (let i = 1; i <= 5; i++) await send(`early ${i}`);
  const copy = join(folder, "copy.db");
  await sqlite(path, `VACUUM INTO '${copy}'`);
  for (let i = 1; i <= 10; i++) await send(`late ${i}`);
  const tables = ["messages", "installation", "keys", "accounts", "numbers", "members", "sqlite_sequence"];
  /** As `.restore` of the sqlite3 shell does, in one transaction beside the service. */
  const restore = () =>
    sqlite(
      path,
      `ATTACH '${copy}' AS copy`,
      "BEGIN IMMEDIATE",
      ...tables.flatMap((table) => [
        `DELETE FROM main.${table}`,
        `INSERT INTO main.${table} SELECT * FROM copy.${table}`,
      ]),
      "COMMIT",
    );
  return { service, owner, send, restore, path };
}

test("streams end, a cursor of before is told of the gap, and what comes then is streamed", async () => {
  const { service, owner, send, restore } = await serving();
  const client = await connect(service.url, owner);
  const wait = api(service.url, owner.key, "/sms/messages/next?timeout=20");
  await restore();
  await client.end();
  expect(client.of("closing")[0]?.data.reason).toBe("overloaded");
  expect((await wait).status).toBe(503);
  const next = await connect(service.url, {
    ...owner,
    ...(client.lastEventId ? { lastEventId: client.lastEventId } : {}),
  });
  expect((await next.event("gap")).data.reason).toBe("unknown_cursor");
  for (let i = 1; i <= 6; i++) expect(await send(`after ${i}`)).toBe("stored");
  await next.messageCount(6);
  expect(next.bodies).toEqual([1, 2, 3, 4, 5, 6].map((i) => `after ${i}`));
  const { data } = await api(service.url, owner.key, "/sms/messages?limit=200&order=asc");
  expect(data.map(({ body }) => body)).toEqual(
    ["early 1", "early 2", "early 3", "early 4", "early 5"].concat(next.bodies as string[]),
  );
  const found = await api(service.url, owner.key, "/sms/messages?q=after");
  expect(found.data).toHaveLength(6);
  const replay = await connect(service.url, { ...owner, query: "?since=all" });
  await replay.event("caught_up");
  expect(replay.bodies).toHaveLength(11);
});

test("it is noticed however many texts come at once behind it", async () => {
  const { service, owner, send, restore } = await serving();
  const client = await connect(service.url, owner);
  const before = (await service.database.installation()).epoch;
  await restore();
  // More than were lost, before anybody looks.
  await Promise.all(Array.from({ length: 40 }, (_, i) => send(`after ${i}`)));
  await until("the epoch is another", async () => (await service.database.installation()).epoch !== before);
  await client.end();
  const replay = await connect(service.url, { ...owner, query: "?since=all" });
  await replay.event("caught_up");
  expect(replay.bodies).toHaveLength(45);
});

test("a key that the database of before had revoked, or did not have, is what it is there", async () => {
  const { service, owner, restore } = await serving();
  const late = await tenant(service, "+14155557777");
  expect((await api(service.url, late.key, "/me")).status).toBe(200);
  await revokeKey(service.database, owner.keyId, Date.now());
  await until("it is revoked", async () => (await api(service.url, owner.key, "/me")).status === 401);
  await restore();
  await until("it is there again", async () => (await api(service.url, owner.key, "/me")).status === 200);
  await until("the other is not", async () => (await api(service.url, late.key, "/me")).status === 401);
});

test("two services over one file agree on the epoch", async () => {
  const { service, owner, restore, path } = await serving();
  const other = await testService({ config: { database: { url: `file:${path}`, authToken: null } } });
  const clients = [await connect(service.url, owner), await connect(other.url, owner)];
  await restore();
  for (const client of clients) await client.end();
  const [a, b] = [await connect(service.url, owner), await connect(other.url, owner)];
  expect(a?.lastEventId).toBe(b?.lastEventId ?? "");
  expect(existsSync(path)).toBe(true);
});
