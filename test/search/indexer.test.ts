/** The full-text index follows the messages: by steps, in the background, for a search, and by several at once. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/database/open.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { ApiError } from "../../src/errors.ts";
import { claimMessages } from "../../src/messages/claim.ts";
import { pruneMessages } from "../../src/messages/pruning.ts";
import { indexStep } from "../../src/search/fulltext.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";
import { append, fill } from "../messages/fill.ts";

setDefaultTimeout(30_000);

const url = `file:${join(emptyFolder(), "inlet.db")}`;
const database = await openDatabase({ url, authToken: null });
afterAll(database.close);

const texts = (count: number, body = "hello") => Array.from({ length: count }, () => ({ body }));

async function indexed(): Promise<number[]> {
  const { rows } = await database.read(`SELECT rowid FROM messages_search
    WHERE messages_search MATCH '"1whello" OR "2whello" OR "3whello"' ORDER BY rowid`);
  return rows.map(({ rowid }) => Number(rowid));
}

async function indexedThrough(): Promise<number> {
  const { rows } = await database.read("SELECT indexed_through AS n FROM installation");
  return Number(rows[0]?.n);
}

const seqs = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test("a step takes so many messages, and the last one goes as far as the position", async () => {
  await fill(database, texts(250));
  await database.write(["DELETE FROM messages WHERE seq > 240"]);
  for (const through of [100, 200, 250, 250]) {
    expect(await indexStep(database, 100)).toBe(through);
    expect(await indexedThrough()).toBe(through);
  }
  expect(await indexed()).toEqual(seqs(240));
});

test("a step takes fewer when they are large, and always one", async () => {
  await fill(database, [
    ...texts(3, `hello ${"x".repeat(100_000)}`),
    ...texts(1, `hello ${"y".repeat(900_000)}`),
  ]);
  const ends: number[] = [];
  do ends.push(await indexStep(database, 100));
  while (ends.at(-1) !== 4);
  expect(ends).toEqual([2, 4]);
  expect(await indexed()).toEqual([1, 2, 3, 4]);
});

test("unrouted messages are not indexed, and a claimed one is found at its new position", async () => {
  const account = await createAccount(database, "user", "claimer", 0);
  await fill(database, [{ account: null, to: "+14155550009", body: "hello" }, { body: "hello" }]);
  expect(await indexStep(database, 100)).toBe(2);
  expect(await indexed()).toEqual([2]);
  await claimMessages(database, "+14155550009", account.id, false);
  expect(await indexStep(database, 100)).toBe(3);
  expect(await indexed()).toEqual([2, 3]);
});

test("several that index at once index each message once", async () => {
  await fill(database, texts(1_500));
  const others: Database[] = [];
  for (let i = 0; i < 2; i++) others.push(await openDatabase({ url, authToken: null }));
  const all = [database, ...others].map((each) => new Indexer(each, () => 1_500));
  await Promise.all(all.map((indexer) => indexer.reach(1_500)));
  for (const other of others) await other.close();
  expect(await indexed()).toEqual(seqs(1_500));
  expect(all.map(({ through }) => through)).toEqual([1_500, 1_500, 1_500]);
  await database.write(["INSERT INTO messages_search (messages_search, rank) VALUES ('integrity-check', 0)"]);
});

test("spans are of one account, follow each other, and end when they are full of messages or of words", async () => {
  const long = `hello ${"word ".repeat(13_000)}`;
  await fill(database, [
    ...texts(4_100),
    ...Array.from({ length: 12 }, () => ({ account: 2, body: long })),
    ...Array.from({ length: 2 }, () => ({ account: null, body: "hello" })),
  ]);
  await new Indexer(database, () => 4_114).reach(4_114);
  const { rows } = await database.read(
    "SELECT account_id, first_seq, last_seq, messages FROM search_spans ORDER BY id",
  );
  expect(rows.map((row) => Object.values(row).map(Number))).toEqual([
    [1, 1, 4_096, 4_096],
    [1, 4_097, 4_100, 4],
    [2, 4_101, 4_111, 11],
    [2, 4_112, 4_112, 1],
  ]);
  await pruneMessages(database, 4_098, 4_098);
  const spans = async () =>
    Number((await database.read("SELECT count(*) AS n FROM search_spans")).rows[0]?.n);
  while ((await pruneMessages(database, 4_098, 4_098)) > 0);
  expect(await spans()).toBe(3);
  while ((await pruneMessages(database, 1e6, 1e6)) > 0);
  expect(await spans()).toBe(0);
});

test("in the background it follows while webhooks are few", async () => {
  await fill(database, texts(120));
  let newest = 120;
  const indexer = new Indexer(database, () => newest);
  indexer.start();
  await until("the first are indexed", () => indexer.through === 120);
  await append(database, texts(5), 121);
  newest = 125;
  await until("the others are indexed", () => indexer.through === 125);
  indexer.stop();
  expect(await indexed()).toEqual(seqs(125));
});

test("while webhooks come fast it waits, but never falls far behind; a search does not wait for that", async () => {
  await fill(database, texts(400));
  let looks = 0;
  // More new ones at each look than it calls few; what it is asked first is how many there are.
  const busy = new Indexer(database, () => ++looks * 10_000);
  busy.start();
  await until("it has looked twice", () => looks > 2);
  expect(busy.through).toBe(0);
  await busy.reach(400);
  expect(busy.through).toBe(400);
  busy.stop();

  await fill(database, texts(400));
  let far = 0;
  const behind = new Indexer(database, () => (far += 60_000));
  behind.start();
  await until("it indexes all the same", () => behind.through === 400);
  behind.stop();
});

test("a search is told to come back when the index cannot be brought up in time", async () => {
  await fill(database, texts(10));
  const indexer = new Indexer(database, () => 10);
  indexer.stop();
  const fault = await indexer.reach(10).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(ApiError);
  expect(fault).toMatchObject({ code: "unavailable", details: { retryAfterSeconds: 5 } });
});
