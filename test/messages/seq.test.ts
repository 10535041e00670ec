/** The order of seq is the order of commits: whoever reads on from the highest seq misses nothing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { Connection } from "../../src/database/connection.ts";
import { type Database, openDatabase, openServingDatabase } from "../../src/database/open.ts";
import type { Read, Write } from "../../src/database/result.ts";
import { SERVING } from "../../src/database/roles.ts";
import { type Batch, ChangeFeed } from "../../src/messages/changefeed.ts";
import { insertedRows, insertStatement } from "../../src/messages/insert.ts";
import { toInsertRow } from "../../src/messages/row.ts";
import { Writer } from "../../src/messages/writer.ts";
import { contend, storable } from "../database/contender.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);
const LONG_MS = 50_000;
const ROUNDS = 4;
const newUrl = () => `file:${join(emptyFolder(), "inlet.db")}`;

/** Everything in the table was announced once, in its order, and each piece of news said how far it went. */
async function expectAllAnnounced(database: Database, news: readonly Batch[]): Promise<void> {
  const { rows } = await database.read("SELECT seq, message_id, body, stored_at FROM messages ORDER BY seq");
  const announced = news.flatMap(({ messages }) => messages);
  expect(announced.map(({ seq }) => seq)).toEqual(rows.map((row) => Number(row.seq)));
  expect(announced.map(({ message }) => message.body)).toEqual(rows.map((row) => String(row.body)));
  expect(announced.map(({ stored_at }) => stored_at)).toEqual(rows.map((row) => Number(row.stored_at)));
  let position = 0;
  for (const { messages, through } of news) {
    expect(through).toBeGreaterThan(position);
    for (const { seq } of messages) {
      expect(seq).toBeGreaterThan(position);
      position = seq;
    }
    expect(through).toBeGreaterThanOrEqual(position);
    position = through;
  }
}

test("a reader that tails by seq while three processes insert misses none, whatever it was doing", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const url = newUrl();
    const database = await openDatabase({ url, authToken: null });
    const reader = new Connection({ url, authToken: null }, SERVING);
    const news: Batch[] = [];
    const changeFeed = new ChangeFeed(reader.read, await database.installation(), (some) => news.push(some));
    const contenders = await contend(
      ["a", "b", "c"].map((name) => ({ url, does: "store", name, busyTimeoutMs: 2, commits: 120, rows: 6 })),
    );
    while (contenders.some(({ ended }) => ended() === null)) {
      await changeFeed.catchUp();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await changeFeed.catchUp();
    expect(contenders.map(({ ended }) => ended())).toEqual([0, 0, 0]);
    expect(news.length).toBeGreaterThan(20);
    await expectAllAnnounced(database, news);
    await reader.close();
    await database.close();
  }
});

test("what a process commits and announces by itself falls into its place among what others commit", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const url = newUrl();
    const database = await openServingDatabase({ url, authToken: null });
    const news: Batch[] = [];
    const changeFeed = new ChangeFeed(database.read, await database.installation(), (some) =>
      news.push(some),
    );
    let offered = 0;
    const writer = new Writer(database.write, (inserted) => {
      changeFeed.committed(inserted);
      if (changeFeed.position === inserted.at(-1)?.seq) offered++;
    });
    const contenders = await contend(
      ["a", "b"].map((name) => ({ url, does: "store", name, busyTimeoutMs: 2, commits: 60, rows: 4 })),
    );
    const outcomes: string[] = [];
    const sends = Array.from({ length: 6 }, async (_, sender) => {
      for (let next = 1; contenders.some(({ ended }) => ended() === null) || next < 30; next++) {
        const ids = [`own-${sender}-${next}`, `shared-${next}`, `own-${next}`];
        outcomes.push(...(await writer.store(ids.map((id) => storable(id)))));
        if (next % 4 === 0) await changeFeed.catchUp();
      }
    });
    await Promise.all(sends);
    await until("all are done", () => contenders.every(({ ended }) => ended() !== null), LONG_MS);
    await changeFeed.catchUp();
    await expectAllAnnounced(database, news);
    const acknowledged = outcomes.filter((outcome) => outcome !== "duplicate").length;
    const others = contenders.flatMap(({ said }) => said).length;
    expect(news.flatMap(({ messages }) => messages)).toHaveLength(acknowledged + others);
    expect(offered).toBeGreaterThan(0);
    await database.close();
  }
});

test("a commit that is offered while a reading of it is under way is announced once", async () => {
  const database = await openDatabase({ url: newUrl(), authToken: null });
  const news: Batch[] = [];
  let [committed, offers, answers] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const read: Read = async (statement) => {
    const result = await database.read(statement);
    await answers?.promise;
    return result;
  };
  const write: Write = async (statements) => {
    const results = await database.write(statements);
    committed?.resolve();
    await offers?.promise;
    return results;
  };
  const changeFeed = new ChangeFeed(read, await database.installation(), (some) => news.push(some));
  const writer = new Writer(write, (inserted) => changeFeed.committed(inserted));
  for (let i = 0; i < 5; i++) {
    [committed, offers, answers] = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const stored = writer.store([storable(`id-${i}`)]);
    await committed?.promise;
    await database.write([insertStatement([toInsertRow(storable(`another's-${i}`))])]);
    const reading = changeFeed.catchUp();
    await new Promise((resolve) => setImmediate(resolve)); // it has read both
    offers?.resolve();
    await stored;
    answers?.resolve();
    await reading;
    await changeFeed.catchUp();
  }
  await expectAllAnnounced(database, news);
  await database.close();
});

test("the answer to an insert is in the order of the input and of seq, and what conflicts is absent", async () => {
  const database = await openDatabase({ url: newUrl(), authToken: null });
  const present = new Set<string>();
  const idOf = (n: number) => `msg_${n.toString(16).padStart(32, "0")}`;
  const buried = [idOf(3), idOf(30)];
  for (const id of buried)
    await database.write([{ sql: "INSERT INTO tombstones VALUES (unhex(substr(?, 5)), 0)", args: [id] }]);
  const ids = fc.array(fc.integer({ min: 0, max: 400 }).map(idOf), { minLength: 1, maxLength: 60 });
  let highest = 0;
  const property = fc.asyncProperty(ids, async (ids) => {
    const statement = insertStatement(ids.map((id) => toInsertRow(storable(id))));
    const [result] = await database.write([statement]);
    const fresh = [...new Set(ids)].filter((id) => !present.has(id) && !buried.includes(id));
    const inserted = result ? insertedRows(result) : [];
    expect(inserted.map(([, id]) => id)).toEqual(fresh);
    for (const [seq] of inserted) {
      expect(seq).toBeGreaterThan(highest);
      highest = seq;
    }
    for (const id of fresh) present.add(id);
    expect((await database.installation()).position).toBeGreaterThanOrEqual(highest);
  });
  await fc.assert(property, { numRuns: 150 });
  await database.close();
});

test("a position that was reached is never given again, whatever was deleted", async () => {
  const database = await openDatabase({ url: newUrl(), authToken: null });
  let position = 0;
  for (let round = 0; round < 20; round++) {
    const [result] = await database.write([insertStatement([toInsertRow(storable(`id-${round}`))])]);
    expect(result && insertedRows(result)[0]?.[0]).toBeGreaterThan(position);
    position = (await database.installation()).position;
    await database.write(["DELETE FROM messages WHERE seq = (SELECT max(seq) FROM messages)"]);
    expect((await database.installation()).position).toBe(position);
  }
  await database.close();
});
