/** Retention removes a prefix of the stream, says exactly how far, and forgets tombstones after thirty days. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { startOfCursor } from "../../src/api/readerstart.ts";
import { openDatabase } from "../../src/database/open.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import { insertedRows, insertStatement } from "../../src/messages/insert.ts";
import { pruneMessages, pruneRemains } from "../../src/messages/pruning.ts";
import { Retention } from "../../src/messages/retention.ts";
import { toInsertRow } from "../../src/messages/row.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 4, 22);
/** Of times such as 10 or 20: nothing so old is buried. */
const LONG_AFTER = 31 * DAY_MS;

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

beforeEach(async () => {
  await database.write([
    "DELETE FROM messages",
    "DELETE FROM tombstones",
    "DELETE FROM unreadable_events",
    "DELETE FROM tickets",
    "UPDATE sqlite_sequence SET seq = 0",
    "UPDATE installation SET pruned_through = 0",
  ]);
});

/** Stores messages with these times, in this order; their seqs are 1, 2, … */
async function store(times: readonly number[]): Promise<void> {
  const sql = `INSERT INTO messages (message_id, telnyx_id, "from", "to", body, received_at, stored_at)
    SELECT format('msg_%032x', key + 1), '', '', '', '', 0, value FROM json_each(?)`;
  await database.write([{ sql, args: [JSON.stringify(times)] }]);
}

/** Of the message that {@link store} puts at this seq. */
const idOf = (seq: number) => `msg_${seq.toString(16).padStart(32, "0")}`;

/** Those of the first messages that have tombstones. */
async function buried(): Promise<number[]> {
  const { rows } = await database.read("SELECT hex(id) AS id FROM tombstones ORDER BY id");
  return rows.map((row) => Number.parseInt(String(row.id), 16));
}

async function kept(): Promise<number[]> {
  const { rows } = await database.read("SELECT seq FROM messages ORDER BY seq");
  return rows.map((row) => Number(row.seq));
}

const prunedThrough = async () => (await database.installation()).prunedThrough;

async function pruneAll(cutoff: number): Promise<number[]> {
  const steps: number[] = [];
  do steps.push(await pruneMessages(database, cutoff, LONG_AFTER));
  while (steps.at(-1) !== 0);
  return steps;
}

test("it removes what is too old in steps of a hundred, and tells after each how far it went", async () => {
  await store([...Array(250).fill(10), 20, 21]);
  for (const [removed, through] of [
    [100, 100],
    [100, 200],
    [50, 250],
    [0, 250],
  ]) {
    expect(await pruneMessages(database, 20, LONG_AFTER)).toBe(removed ?? 0);
    expect(await prunedThrough()).toBe(through ?? 0);
  }
  expect(await kept()).toEqual([251, 252]);
});

test("an old message behind a younger one stays until the younger one goes", async () => {
  await store([10, 30, 10, 10, 40]);
  expect(await pruneAll(20)).toEqual([1, 0]);
  expect(await kept()).toEqual([2, 3, 4, 5]);
  expect(await prunedThrough()).toBe(1);
  expect(await pruneAll(31)).toEqual([3, 0]);
  expect(await kept()).toEqual([5]);
  expect(await prunedThrough()).toBe(4);
});

test("a message stored exactly at the cutoff stays", async () => {
  await store([19, 20, 21]);
  expect(await pruneAll(20)).toEqual([1, 0]);
});

test("removing everything leaves the newest position, and the next message comes after it", async () => {
  await store([10, 11, 12]);
  await pruneAll(100);
  expect(await database.installation()).toMatchObject({ prunedThrough: 3, position: 3 });
  await store([200]);
  expect(await kept()).toEqual([4]);
});

test("whatever the times and holes, what remains is everything from the first young message on", async () => {
  const history = fc.array(fc.record({ time: fc.integer({ min: 0, max: 30 }), deleted: fc.boolean() }), {
    maxLength: 260,
  });
  const property = fc.asyncProperty(history, fc.integer({ min: 0, max: 31 }), async (history, cutoff) => {
    await database.write(["DELETE FROM messages", "UPDATE sqlite_sequence SET seq = 0"]);
    await database.write(["UPDATE installation SET pruned_through = 0"]);
    await store(history.map(({ time }) => time));
    const deleted = history.flatMap(({ deleted }, i) => (deleted ? [i + 1] : []));
    const holes = JSON.stringify(deleted);
    await database.write([
      { sql: "DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))", args: [holes] },
    ]);
    const before = await kept();
    const first = before.findIndex((seq) => (history[seq - 1]?.time ?? 0) >= cutoff);
    const expected = first < 0 ? [] : before.slice(first);
    const steps = await pruneAll(cutoff);
    expect(Math.max(...steps)).toBeLessThanOrEqual(100);
    expect(await kept()).toEqual(expected);
    const removed = before.slice(0, before.length - expected.length);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(removed.length);
    expect(await prunedThrough()).toBe(removed.at(-1) ?? 0);
  });
  await fc.assert(property, { numRuns: 60 });
});

test("a cursor has expired exactly when something after it was removed", async () => {
  await store([10, 10, 10, 40, 41]);
  await pruneAll(20);
  const installation = await database.installation();
  const start = (seq: number) => startOfCursor({ epoch: installation.epoch, seq }, installation);
  for (const seq of [0, 1, 2]) expect(start(seq)).toEqual({ after: 3, gap: "expired" });
  for (const seq of [3, 4, 5]) expect(start(seq)).toEqual({ after: seq, gap: null });
});

test("a tombstone is kept for thirty days", async () => {
  await store([NOW, NOW, NOW]);
  await deleteMessage(database, idOf(1), NOW - 30 * DAY_MS - 1);
  await deleteMessage(database, idOf(2), NOW - 30 * DAY_MS);
  await deleteMessage(database, idOf(3), NOW - DAY_MS);
  expect(await pruneRemains(database, DAY_MS, NOW)).toBe(2);
  expect(await buried()).toEqual([3]);
});

test("an unreadable event is kept as long as messages are, and thirty days where those stay for ever", async () => {
  const keep = async (name: string, ageMs: number) =>
    database.write([
      {
        sql: "INSERT INTO unreadable_events (hash, reason, body, stored_at) VALUES (?, '', '', ?)",
        args: [name, NOW - ageMs],
      },
    ]);
  const names = async () =>
    (await database.read("SELECT hash FROM unreadable_events ORDER BY id")).rows.map((row) => row.hash);
  await keep("40 days", 40 * DAY_MS);
  await keep("20 days", 20 * DAY_MS);
  await keep("2 days", 2 * DAY_MS);
  await pruneRemains(database, 0, NOW);
  expect(await names()).toEqual(["20 days", "2 days"]);
  await pruneRemains(database, 7 * DAY_MS, NOW);
  expect(await names()).toEqual(["2 days"]);
});

test("a ticket is kept until it expires", async () => {
  const sql = `INSERT INTO tickets (hash, key_id, created_at, expires_at)
    SELECT 'hash ' || key, 1, 0, value FROM json_each(?)`;
  const times = [...Array(150).fill(NOW - 1), NOW, NOW + 1, NOW + DAY_MS];
  await database.write([{ sql, args: [JSON.stringify(times)] }]);
  expect([await pruneRemains(database, 0, NOW), await pruneRemains(database, 0, NOW)]).toEqual([100, 51]);
  expect(await pruneRemains(database, 0, NOW)).toBe(0);
  const { rows } = await database.read("SELECT expires_at FROM tickets ORDER BY expires_at");
  expect(rows.map((row) => row.expires_at)).toEqual([NOW + 1, NOW + DAY_MS]);
});

test("in the background it goes on until nothing old is left, then stops", async () => {
  await store([...Array(230).fill(NOW - 8 * DAY_MS), NOW, NOW]);
  await deleteMessage(database, idOf(231), NOW - 31 * DAY_MS);
  const retention = new Retention(database, 7 * DAY_MS, { now: () => NOW, monotonic: () => 0 });
  retention.start();
  await until("all that is old is gone", async () => {
    return (await kept()).length === 1 && !(await buried()).includes(231);
  });
  retention.stop();
  expect(await kept()).toEqual([232]);
  expect(await prunedThrough()).toBe(230);
});

test("with a retention of 0 messages stay for ever", async () => {
  await store([1, 2, NOW]);
  await deleteMessage(database, idOf(3), NOW - 31 * DAY_MS);
  const retention = new Retention(database, 0, { now: () => NOW, monotonic: () => 0 });
  retention.start();
  await until("the tombstone is gone", async () => {
    return (await database.read("SELECT 1 FROM tombstones")).rows.length === 0;
  });
  retention.stop();
  expect(await kept()).toEqual([1, 2]);
  expect(await prunedThrough()).toBe(0);
});

/** Tries to store the messages of these seqs again, and answers which were taken for new. */
async function sendAgain(seqs: readonly number[]): Promise<number[]> {
  const messages = seqs.map((seq) => ({
    telnyx_id: "",
    message: { message_id: idOf(seq), from: "", to: "", body: "", received_at: new Date(0).toISOString() },
  }));
  const [result] = await database.write([insertStatement(messages.map(toInsertRow))]);
  return result ? insertedRows(result).map(([, id]) => Number.parseInt(id.slice(4), 16)) : [];
}

test("what was removed or deleted comes back only when its thirty days are over, whatever the retention", async () => {
  const age = fc.integer({ min: 0, max: 60 * DAY_MS });
  const message = fc.record({ age, deleted: fc.option(age, { freq: 3, nil: null }) });
  const property = fc.asyncProperty(
    fc.array(message, { minLength: 1, maxLength: 250 }),
    fc.integer({ min: 1, max: 60 }),
    async (messages, retentionDays) => {
      await database.write(["DELETE FROM messages", "DELETE FROM tombstones"]);
      await database.write([
        "UPDATE sqlite_sequence SET seq = 0",
        "UPDATE installation SET pruned_through = 0",
      ]);
      const history = messages.toSorted((a, b) => b.age - a.age);
      await store(history.map(({ age }) => NOW - age));
      for (const [i, { age, deleted }] of history.entries()) {
        if (deleted !== null && deleted <= age) await deleteMessage(database, idOf(i + 1), NOW - deleted);
      }
      while ((await pruneMessages(database, NOW - retentionDays * DAY_MS, NOW)) > 0);
      while ((await pruneRemains(database, retentionDays * DAY_MS, NOW)) > 0);
      const mayReturn = history.flatMap(({ age, deleted }, i) => {
        const since = deleted !== null && deleted <= age ? deleted : age;
        const isGone = since !== age || age > retentionDays * DAY_MS;
        return isGone && since >= 30 * DAY_MS ? [i + 1] : [];
      });
      const all = history.map((_, i) => i + 1);
      expect(await sendAgain(all)).toEqual(mayReturn);
      expect(await sendAgain(all)).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test("a retention as long as the window leaves no tombstones", async () => {
  await store([NOW - 31 * DAY_MS, NOW - 30 * DAY_MS - 1, NOW]);
  expect(await pruneMessages(database, NOW - 30 * DAY_MS, NOW)).toBe(2);
  expect(await buried()).toEqual([]);
});

test("an unrouted message is remembered too, and one that a claim has moved is not removed at its old place", async () => {
  await store([NOW - 8 * DAY_MS, NOW - 8 * DAY_MS]);
  const claimed = `INSERT OR REPLACE INTO messages (message_id, telnyx_id, account_id, "from", "to", body, received_at,
    stored_at) SELECT message_id, telnyx_id, 1, "from", "to", body, received_at, ? FROM messages WHERE seq = 2`;
  // Between the look of a step and its transaction, which goes by seq.
  const write: typeof database.write = async (statements) => {
    await database.write([{ sql: claimed, args: [NOW] }]);
    return database.write(statements);
  };
  expect(await pruneMessages({ ...database, write }, NOW - 7 * DAY_MS, NOW)).toBe(1);
  expect([await kept(), await buried()]).toEqual([[3], [1]]);
  expect(await sendAgain([1, 2])).toEqual([]);
});

test("what is remembered already hinders no removal, and the longer time counts", async () => {
  await store([NOW - 8 * DAY_MS, NOW - 8 * DAY_MS]);
  const remember =
    "INSERT INTO tombstones (id, expires_at) SELECT unhex(substr(message_id, 5)), ? FROM messages";
  await database.write([{ sql: remember, args: [NOW] }]);
  expect(await pruneMessages(database, NOW - 7 * DAY_MS, NOW)).toBe(2);
  await pruneRemains(database, 7 * DAY_MS, NOW + 22 * DAY_MS - 1);
  expect(await buried()).toEqual([1, 2]);
  await pruneRemains(database, 7 * DAY_MS, NOW + 22 * DAY_MS);
  expect(await buried()).toEqual([]);
});

test("large messages are few at once, and always one", async () => {
  await store(Array(6).fill(10));
  const resize = "UPDATE messages SET body = replace(hex(zeroblob(450000)), '0', 'x') WHERE seq <= 4";
  await database.write([resize]);
  expect(await pruneAll(20)).toEqual([2, 4, 0]);
  await store([10]);
  await database.write(["UPDATE messages SET media = replace(hex(zeroblob(2000000)), '0', 'x')"]);
  expect(await pruneAll(20)).toEqual([1, 0]);
});

test("neither messages nor what is beside them wait for each other", async () => {
  const clocks = { now: () => NOW, monotonic: () => 0 };
  const ticket = `INSERT INTO tickets (hash, key_id, created_at, expires_at)
    SELECT 'of ' || key, 1, 0, 0 FROM json_each(?)`;
  for (const [messages, tickets] of [
    [1_000, 50],
    [50, 1_000],
  ] as const) {
    await store(Array(messages).fill(NOW - 20 * DAY_MS));
    await database.write([{ sql: ticket, args: [JSON.stringify(Array(tickets).fill(0))] }]);
    const retention = new Retention(database, 7 * DAY_MS, clocks);
    expect(await retention.step()).toBe(true);
    const left = await database.read("SELECT count(*) AS n FROM tickets");
    expect([(await kept()).length, left.rows[0]?.n]).toEqual([
      Math.max(0, messages - 50),
      Math.max(0, tickets - 100),
    ]);
    await database.write(["DELETE FROM messages", "DELETE FROM tickets"]);
  }
});
