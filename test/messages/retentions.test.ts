/** Accounts keep their messages for a time of their own; each reader is told exactly what is gone of what it sees. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { installationFor, startOfCursor } from "../../src/api/readerstart.ts";
import { examine } from "../../src/database/check/examine.ts";
import { openDatabase } from "../../src/database/open.ts";
import { createAccount, deleteAccount, listRetentions, updateAccount } from "../../src/directory/accounts.ts";
import { Retention } from "../../src/messages/retention.ts";
import { indexStep } from "../../src/search/fulltext.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const DAY_MS = 86_400_000;
const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);
const now = Date.now();

beforeEach(async () => {
  await database.write([
    ...["messages", "tombstones", "search_spans", "messages_search", "retentions", "accounts"].map(
      (table) => `DELETE FROM ${table}`,
    ),
    "UPDATE sqlite_sequence SET seq = 0",
    "UPDATE installation SET pruned_through = 0, indexed_through = 0",
  ]);
  for (let id = 1; id <= 4; id++) await createAccount(database, "user", `account ${id}`, now);
});

/** Stores messages of these accounts and ages in days, the oldest first; their seqs are 1, 2, … */
async function store(...messages: (readonly [account: number | null, days: number])[]): Promise<void> {
  const sql = `INSERT INTO messages (message_id, telnyx_id, account_id, "from", "to", body, received_at, stored_at)
    SELECT format('msg_%032x', key + 1), '', value->>0, '', '', 'word', 0, ${now} - (value->>1) * ${DAY_MS} FROM json_each(?)`;
  await database.write([{ sql, args: [JSON.stringify(messages)] }]);
  while ((await indexStep(database, 100)) < messages.length);
}

async function prune(retentionDays: number, at = now): Promise<void> {
  // The database's own clock is the other one that is asked.
  const retention = new Retention(database, retentionDays * DAY_MS, { now: () => at, monotonic: () => 0 });
  while (await retention.step());
}

async function kept(): Promise<number[]> {
  const { rows } = await database.read("SELECT seq FROM messages ORDER BY seq");
  return rows.map((row) => Number(row.seq));
}

/** What a reader of these accounts is told when it comes back with this seq. */
async function start(accounts: readonly number[], seq: number) {
  const installation = await installationFor(database.read, accounts, await database.installation());
  return startOfCursor({ epoch: installation.epoch, seq }, installation);
}

test("each account's messages go by its own time, and the others' by RETENTION_DAYS", async () => {
  await updateAccount(database, 1, { retentionMs: 90 * DAY_MS });
  await updateAccount(database, 2, { retentionMs: 0 });
  await updateAccount(database, 3, { retentionMs: 7 * DAY_MS });
  await store([2, 400], [1, 100], [1, 60], [4, 40], [null, 40], [3, 20], [4, 20], [3, 10], [3, 5], [4, 1]);
  await prune(30);
  expect(await kept()).toEqual([1, 3, 7, 9, 10]);
  expect((await examine(database.read)).findings).toEqual([]);
  // Exactly those who lost something after their cursor are told.
  expect(await start([4], 4)).toEqual({ after: 5, gap: "expired" });
  expect(await start([4], 5)).toEqual({ after: 5, gap: null });
  expect(await start([2], 0)).toEqual({ after: 0, gap: null });
  expect(await start([1], 1)).toEqual({ after: 2, gap: "expired" });
  expect(await start([1], 2)).toEqual({ after: 2, gap: null });
  expect(await start([3], 7)).toEqual({ after: 8, gap: "expired" });
  expect(await start([3], 8)).toEqual({ after: 8, gap: null });
  // Whoever sees several gets everything that is kept after its cursor.
  expect(await start([1, 3], 2)).toEqual({ after: 2, gap: "expired" });
  expect(await start([1, 3], 0)).toEqual({ after: 2, gap: "expired" });
});

test("where messages are kept for ever, one account's may go all the same", async () => {
  await updateAccount(database, 1, { retentionMs: 7 * DAY_MS });
  await store([1, 20], [2, 20], [1, 3]);
  await prune(0);
  expect(await kept()).toEqual([2, 3]);
  expect((await database.installation()).prunedThrough).toBe(0);
});

test("an account that is as the others again, or was deleted, leaves nothing behind that is older than theirs", async () => {
  await updateAccount(database, 1, { retentionMs: 0 });
  await updateAccount(database, 2, { retentionMs: 0 });
  await store([1, 90], [2, 80], [3, 70], [1, 50], [3, 2], [1, 1]);
  await prune(30);
  expect(await kept()).toEqual([1, 2, 4, 5, 6]);
  expect(await listRetentions(database)).toEqual(
    new Map([
      [1, 0],
      [2, 0],
    ]),
  );
  await updateAccount(database, 1, { retentionMs: null });
  await deleteAccount(database, 2, now);
  await prune(30);
  expect(await kept()).toEqual([5, 6]);
  expect(await start([1], 3)).toMatchObject({ gap: "expired" });
  // One day the others' have come as far, and nothing of it is left.
  await database.write(["UPDATE messages SET stored_at = stored_at - 40 * 86400000 WHERE seq = 5"]);
  await prune(30);
  expect(await kept()).toEqual([6]);
  await prune(30);
  expect((await database.read("SELECT count(*) AS n FROM retentions")).rows[0]?.n).toBe(0);
});

test("thousands that are kept for longer in front are passed over, again by every process", async () => {
  await updateAccount(database, 1, { retentionMs: 0 });
  const long = Array.from({ length: 2_500 }, () => [1, 60] as const);
  await store([2, 61], ...long, [2, 60], ...long, [2, 60], [2, 1]);
  for (let process = 0; process < 2; process++) {
    await prune(30);
    expect((await kept()).length).toBe(5_001);
    expect((await database.installation()).prunedThrough).toBe(5_003);
  }
});

test("whatever is set and stored, what remains is what each account's time says", async () => {
  const day = fc.integer({ min: 0, max: 60 });
  const message = fc.tuple(fc.constantFrom(1, 2, 3, null), day);
  const keep = fc.constantFrom(null, 0, 5, 20, 45);
  const property = fc.asyncProperty(
    fc.array(message, { maxLength: 120 }), fc.tuple(keep, keep, keep), fc.constantFrom(0, 10, 30),
    async (unsorted, keeps, usual) => {
      await database.write(["DELETE FROM messages", "DELETE FROM retentions", "DELETE FROM search_spans", "DELETE FROM messages_search", "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'messages'", "UPDATE installation SET pruned_through = 0, indexed_through = 0"]);
      const messages = unsorted.toSorted(([, a], [, b]) => b - a);
      for (const [at, days] of keeps.entries())
        if (days !== null) await updateAccount(database, at + 1, { retentionMs: days * DAY_MS });
      await store(...messages.map(([account, days]) => [account, days + 0.5] as const));
      await prune(usual);
      const daysOf = (account: number | null) => keeps[(account ?? 0) - 1] ?? usual;
      const expected = messages.flatMap(([account, days], at) => daysOf(account) === 0 || days + 0.5 < daysOf(account) ? [at + 1] : []);
      expect(await kept()).toEqual(expected);
      for (const accounts of [[1], [2], [3], [1, 2], [1, 2, 3]]) {
        const removed = messages.flatMap(([account], at) => account !== null && accounts.includes(account) && !expected.includes(at + 1) ? [at + 1] : []);
        const last = removed.at(-1) ?? 0;
        // Below what was removed of its own it is told, and starts no later than what is kept after it.
        for (const seq of [0, Math.max(0, last - 1), last]) {
          const told = await start(accounts, seq);
          if (seq < last) expect(told.gap).toBe("expired");
          const next = expected.find((each) => each > seq && accounts.includes(messages[each - 1]?.[0] ?? 0));
          if (next !== undefined) expect(told.after).toBeLessThan(next);
          expect(told.after).toBeGreaterThanOrEqual(seq);
        }
      }
    },
  ); // biome-ignore format: a property
  await fc.assert(property, { numRuns: 40 });
}, 60_000);
