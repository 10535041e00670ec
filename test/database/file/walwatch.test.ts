/** Whether somebody may have committed, told from outside the database. */
import { expect, test } from "bun:test";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { WalWatch } from "../../../src/database/file/walwatch.ts";
import { openDatabase } from "../../../src/database/open.ts";
import { emptyFolder } from "../../harness/cleanup.ts";

const TOMBSTONE = (id: string) => ({ sql: "INSERT INTO tombstones VALUES (?, 0)", args: [id] });

async function openedDatabase() {
  const path = join(emptyFolder(), "inlet.db");
  const database = await openDatabase({ url: `file:${path}`, authToken: null });
  await database.write([TOMBSTONE("first")]);
  let now = Date.now();
  let monotonic = 0;
  const changes = new WalWatch(
    path,
    () => now,
    () => monotonic,
  );
  /** The machine's clock is set; no time passes. */
  const at = (time: number) => {
    now = time;
  };
  const pass = (ms: number) => {
    now += ms;
    monotonic += ms;
  };
  pass(500);
  changes.mayHaveChanged();
  return { path, database, changes, pass, at };
}

test("while nobody commits the answer is no", async () => {
  const { database, changes, pass } = await openedDatabase();
  for (let i = 0; i < 5; i++) {
    pass(100);
    expect(changes.mayHaveChanged()).toBe(false);
  }
  await database.read("SELECT count(*) FROM messages");
  pass(100);
  expect(changes.mayHaveChanged()).toBe(false);
  await database.close();
});

test("a commit is noticed, once", async () => {
  const { database, changes, pass } = await openedDatabase();
  pass(100);
  expect(changes.mayHaveChanged()).toBe(false);
  await database.write([TOMBSTONE("second")]);
  expect(changes.mayHaveChanged()).toBe(true);
  pass(100);
  expect(changes.mayHaveChanged()).toBe(false);
  await database.close();
});

test("two commits within one step of the file system's clock are both noticed", async () => {
  const { path, database, changes, pass, at } = await openedDatabase();
  const step = new Date();
  await database.write([TOMBSTONE("second")]);
  utimesSync(`${path}-wal`, step, step);
  at(step.getTime() + 1);
  expect(changes.mayHaveChanged()).toBe(true);
  pass(50);
  // The same size, the same time: only that the time is so near says that there may be more.
  expect(changes.mayHaveChanged()).toBe(true);
  await database.close();
});

test("at the latest after a second there is a look, whatever the file system says", async () => {
  const { database, changes, pass, at } = await openedDatabase();
  pass(999);
  expect(changes.mayHaveChanged()).toBe(false);
  pass(1);
  expect(changes.mayHaveChanged()).toBe(true);
  for (const setTo of [-30 * 86_400_000, 30 * 86_400_000]) {
    at(Date.now() + setTo);
    expect(changes.mayHaveChanged()).toBe(false);
    pass(1_000);
    expect(changes.mayHaveChanged()).toBe(true);
  }
  await database.close();
});

test("without a log there is a look once a second", () => {
  let monotonic = 0;
  const changes = new WalWatch(join(emptyFolder(), "inlet.db"), Date.now, () => monotonic);
  expect(changes.mayHaveChanged()).toBe(true);
  monotonic += 500;
  expect(changes.mayHaveChanged()).toBe(false);
  monotonic += 500;
  expect(changes.mayHaveChanged()).toBe(true);
});
