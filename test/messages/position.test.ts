/** The position that a time stands for, held against looking at every message. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import type { Read, Statement } from "../../src/database/result.ts";
import { positionBefore } from "../../src/messages/position.ts";
import { emptyFolder } from "../harness/cleanup.ts";

interface Stored {
  readonly seq: number;
  readonly stored_at: number;
}

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

async function fill(messages: readonly Stored[]): Promise<void> {
  const rows = JSON.stringify(messages.map(({ seq, stored_at }) => [seq, stored_at]));
  const sql = `INSERT INTO messages (seq, message_id, telnyx_id, "from", "to", body, received_at, stored_at)
    SELECT value->>0, 'msg_' || (value->>0), '', '', '', '', 0, value->>1 FROM json_each(?)`;
  await database.write(["DELETE FROM messages", { sql, args: [rows] }]);
}

/** Messages whose times never go back, with holes between them. */
const history = fc
  .array(fc.record({ hole: fc.integer({ min: 0, max: 40 }), pause: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 80,
  })
  .map((steps) => {
    let seq = 0;
    let stored_at = 1_000;
    return steps.map(({ hole, pause }): Stored => {
      seq += 1 + hole;
      stored_at += pause;
      return { seq, stored_at };
    });
  });

/** A time about those of the history, and a newest position about its end. */
const question = fc.record({
  messages: history,
  time: fc.integer({ min: 990, max: 1_260 }),
  beyond: fc.integer({ min: 0, max: 50 }),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  cuts: fc.boolean(),
});

test("what comes after the position was stored at that time or later, and what comes before was not", async () => {
  const property = fc.asyncProperty(question, async ({ messages, time, beyond, cut, cuts }) => {
    await fill(messages);
    const end = messages.at(-1)?.seq ?? 0;
    const newest = cuts ? Math.floor(end * cut) : end + beyond;
    const position = await positionBefore(database.read, time, newest);
    expect(position).toBeGreaterThanOrEqual(0);
    expect(position).toBeLessThanOrEqual(newest);
    const known = messages.filter(({ seq }) => seq <= newest);
    const after = known.filter(({ seq }) => seq > position);
    expect(after).toEqual(known.filter(({ stored_at }) => stored_at >= time));
  });
  await fc.assert(property, { numRuns: 300 });
});

test("where the clock was set back it ends, within what there is", async () => {
  const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 });
  const property = fc.asyncProperty(times, fc.integer({ min: 0, max: 50 }), async (times, time) => {
    const messages = times.map((stored_at, i) => ({ seq: (i + 1) * 3, stored_at }));
    await fill(messages);
    const position = await positionBefore(database.read, time, messages.length * 3 + 1);
    const next = messages.find(({ seq }) => seq > position);
    const before = messages.findLast(({ seq }) => seq <= position);
    if (next) expect(next.stored_at).toBeGreaterThanOrEqual(time);
    if (before) expect(before.stored_at).toBeLessThan(time);
  });
  await fc.assert(property, { numRuns: 100 });
});

test("one statement and a few lookups find it, however large the holes are", async () => {
  await fill([
    { seq: 1, stored_at: 10 },
    { seq: 2, stored_at: 20 },
    { seq: 900_000_000_000_000, stored_at: 30 },
    { seq: 900_000_000_000_001, stored_at: 40 },
  ]);
  const asked: Statement[] = [];
  const read: Read = (statement) => {
    asked.push(statement);
    return database.read(statement);
  };
  const found = [];
  for (const time of [5, 10, 15, 20, 25, 30, 35, 40, 45])
    found.push(await positionBefore(read, time, 900_000_000_000_100));
  const after = (position: number) =>
    [0, 1, 2, 900_000_000_000_000, 900_000_000_000_001].filter((seq) => seq > position).length;
  expect(found.map(after)).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 0]);
  expect(asked).toHaveLength(9);
  const [halving] = asked;
  if (!halving || typeof halving === "string") throw new Error("it asked nothing");
  const steps = await database.read({ sql: `EXPLAIN QUERY PLAN ${halving.sql}`, args: halving.args });
  const looks = steps.rows.map(({ detail }) => String(detail)).filter((step) => /messages|next/.test(step));
  expect(looks).toHaveLength(2);
  for (const look of looks) expect(look).toMatch(/^SEARCH (next|messages) USING INTEGER PRIMARY KEY/);
});

test("in an empty database every time is the beginning", async () => {
  await fill([]);
  expect(await positionBefore(database.read, 0, 0)).toBe(0);
  expect(await positionBefore(database.read, Date.now(), 0)).toBe(0);
  expect(await positionBefore(database.read, Date.now(), 12_345)).toBe(0);
});
