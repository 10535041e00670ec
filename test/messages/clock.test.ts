/** A clock that was set far ahead removes nothing, and a quiet installation is pruned all the same. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import { ClockCheck } from "../../src/messages/clockcheck.ts";
import { Retention } from "../../src/messages/retention.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { fill } from "./fill.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** Before the database's own clock, which this process's may not be ahead of. */
const NOW = Date.UTC(2026, 4, 22);

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

/** Both clocks of a machine; each boot starts the steady one anew. */
let wall = 0;
let monotonic = 0;
const clocks = { now: () => wall, monotonic: () => monotonic };
const boot = (at: number) => {
  wall = at;
  monotonic = 0;
  return new Retention(database, 30 * DAY_MS, clocks);
};
const pass = (ms: number) => {
  wall += ms;
  monotonic += ms;
};

async function lookedAt(at: number): Promise<void> {
  await database.write([{ sql: "UPDATE installation SET looked_at = ?", args: [at] }]);
}

async function count(): Promise<number> {
  return Number((await database.read("SELECT count(*) AS n FROM messages")).rows[0]?.n);
}

/** A look each minute for so long. */
async function run(retention: Retention, ms: number): Promise<void> {
  for (const end = monotonic + ms; monotonic < end; pass(MINUTE_MS)) while (await retention.step());
}

beforeEach(async () => {
  await fill(database, [
    { storedAt: NOW - 20 * DAY_MS },
    { storedAt: NOW - 10 * DAY_MS },
    { storedAt: NOW - MINUTE_MS },
  ]);
  await lookedAt(NOW);
});

test("a machine that boots a month ahead removes nothing until its clock is set right", async () => {
  const retention = boot(NOW + 31 * DAY_MS);
  await run(retention, 11 * HOUR_MS);
  expect(await count()).toBe(3);
  wall = NOW + 11 * HOUR_MS;
  await run(retention, HOUR_MS);
  expect(await count()).toBe(3);
  // Time goes by, with nobody writing: a quiet installation.
  for (let day = 0; day < 25; day++) {
    pass(DAY_MS - HOUR_MS);
    await run(retention, HOUR_MS);
  }
  expect(await count()).toBe(1);
});

test("a clock that jumps ahead while it runs is doubted too, and so is what is only half too old", async () => {
  const retention = boot(NOW);
  await run(retention, HOUR_MS);
  wall += 15 * DAY_MS;
  await run(retention, 2 * HOUR_MS);
  expect(await count()).toBe(3);
});

test("a message that comes vouches for the clock, and after half a day it is believed without one", async () => {
  let retention = boot(NOW + 31 * DAY_MS);
  await run(retention, HOUR_MS);
  expect(await count()).toBe(3);
  const sql = "UPDATE messages SET stored_at = ? WHERE seq = 3";
  await database.write([{ sql, args: [wall] }]);
  await run(retention, MINUTE_MS);
  expect(await count()).toBe(1);

  await fill(database, [{ storedAt: NOW }]);
  await lookedAt(NOW);
  retention = boot(NOW + 60 * DAY_MS);
  await run(retention, 12 * HOUR_MS);
  expect(await count()).toBe(1);
  await run(retention, MINUTE_MS);
  expect(await count()).toBe(0);
});

test("a quiet installation that is started anew each night goes on pruning", async () => {
  await fill(database, [{ storedAt: NOW }]);
  for (let day = 0; day < 32; day++) {
    const retention = boot(NOW + day * DAY_MS);
    for (let hour = 0; hour < 24; hour++) {
      await run(retention, MINUTE_MS);
      pass(HOUR_MS - MINUTE_MS);
    }
  }
  expect(await count()).toBe(0);
});

test("tickets and tombstones wait for a believable clock as messages do", async () => {
  await database.write([
    { sql: "INSERT INTO tombstones (id, expires_at) VALUES (x'01', ?)", args: [NOW + 5 * DAY_MS] },
  ]);
  await run(boot(NOW + 31 * DAY_MS), HOUR_MS);
  expect((await database.read("SELECT 1 FROM tombstones")).rows).toHaveLength(1);
});

test("a clock that goes with the steady one is always believed, whatever vouches for it", () => {
  const property = fc.property(
    fc.array(fc.record({ ms: fc.integer({ min: 0, max: 40 * DAY_MS }), vouched: fc.integer() })),
    (looks) => {
      const check = new ClockCheck();
      let at = NOW;
      expect(check.isBelieved(at, 0, at)).toBe(true);
      for (const { ms, vouched } of looks) {
        at += ms;
        expect(check.isBelieved(at, at - NOW, Math.min(vouched, at))).toBe(true);
      }
    },
  );
  fc.assert(property);
});

test("a jump of more than a day is never believed within twelve hours of it", () => {
  const property = fc.property(
    fc.integer({ min: DAY_MS + 1, max: 10_000 * DAY_MS }),
    fc.array(fc.integer({ min: 0, max: 12 * HOUR_MS }), { maxLength: 20 }),
    (jump, looks) => {
      const check = new ClockCheck();
      check.isBelieved(NOW, 0, NOW);
      expect(check.isBelieved(NOW + jump, 0, NOW)).toBe(false);
      for (const at of looks.sort((a, b) => a - b))
        expect(check.isBelieved(NOW + jump + at, at, NOW)).toBe(at === 12 * HOUR_MS);
    },
  );
  fc.assert(property);
});
