/** Group commit, with a database that the test holds in its hand. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Statement, Write } from "../../src/database/result.ts";
import { ApiError } from "../../src/errors.ts";
import type { InboundMessage } from "../../src/message.ts";
import { Writer } from "../../src/messages/writer.ts";
import { until } from "../harness/until.ts";

const MIB = 1024 * 1024;

function message(id: string, body = "hello"): InboundMessage {
  const received_at = "2026-05-22T18:30:00.000Z";
  return {
    telnyx_id: id,
    message: { message_id: id, from: "+13125550001", to: "+14155559999", body, received_at },
  };
}

const messages = (count: number, body?: string, name = "m") =>
  Array.from({ length: count }, (_, i) => message(`${name}${i}`, body));

/** Keeps what it is handed, once the verdict on it is in. */
class FakeDatabase {
  /** The message ids of each write, in order. */
  readonly batches: string[][] = [];
  readonly stored = new Set<string>();
  /** What each commit was said to have inserted. */
  readonly announced: string[][] = [];
  inFlight = 0;
  mostInFlight = 0;
  verdict: (bodies: readonly unknown[]) => Promise<void> | void = () => undefined;

  write: Write = async ([statement]: Statement[]) => {
    const [json] = (statement as { args: string[] }).args;
    const rows = JSON.parse(json ?? "") as string[][];
    const ids = rows.map((row) => String(row[0]));
    this.batches.push(ids);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      await this.verdict(rows.map((row) => row[4]));
    } finally {
      this.inFlight--;
    }
    const fresh = ids.filter((id) => !this.stored.has(id) && this.stored.add(id));
    const inserted = fresh.map((id, i) => ({
      inserted: JSON.stringify([i + 1, id, id.startsWith("u") ? null : 1, 0]),
    }));
    return [{ rows: inserted, rowsAffected: 0 }];
  };

  readonly writer = new Writer(this.write, (inserted) => {
    this.announced.push(inserted.map(({ message }) => message.message_id));
  });

  /** From now on each write waits until `open` is called. */
  hold(): { open: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.verdict = () => promise;
    return { open: resolve };
  }
}

const failing = (code: string) => Object.assign(new Error(`${code}: values`), { code });

const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => (error instanceof ApiError ? error.code : String(error)),
  );

test("one batch is in flight, and what waits meanwhile goes together in the next", async () => {
  const database = new FakeDatabase();
  const gate = database.hold();
  const all = messages(20).map((one) => database.writer.store([one]));
  expect(database.batches).toEqual([["m0"]]);
  gate.open();
  expect((await Promise.all(all)).flat()).toEqual(Array(20).fill("stored"));
  expect(database.batches.map((ids) => ids.length)).toEqual([1, 19]);
  expect(database.batches.flat()).toEqual(messages(20).map(({ telnyx_id }) => telnyx_id));
  expect(database.mostInFlight).toBe(1);
});

test("a batch holds at most 500 rows", async () => {
  const database = new FakeDatabase();
  await database.writer.store(messages(1_201));
  expect(database.batches.map((ids) => ids.length)).toEqual([500, 500, 201]);
  expect(database.announced.flat()).toHaveLength(1_201);
});

test("what was stored at once is announced and answered over several turns of the event loop", async () => {
  const database = new FakeDatabase();
  let turns = 0;
  let isDone = false;
  const turn = () => void (++turns && !isDone && setImmediate(turn));
  const answers = messages(400).map(async (one) => {
    await database.writer.store([one]);
    return turns;
  });
  turn();
  const answered = await Promise.all(answers);
  isDone = true;
  const [, ...batch] = database.announced.map((ids) => ids.length);
  expect(batch).toEqual([64, 64, 64, 64, 64, 64, 15]);
  // The first was a batch of its own.
  expect(new Set(answered.slice(1)).size).toBe(7);
});

test("a batch holds at most one MiB of UTF-8, and a larger row goes alone", async () => {
  const database = new FakeDatabase();
  await Promise.all([
    database.writer.store(messages(7, "😀".repeat(75 * 1024))),
    database.writer.store([message("giant", "x".repeat(2 * MIB)), message("after")]),
  ]);
  expect(database.batches.map((ids) => ids.length)).toEqual([3, 3, 1, 1, 1]);
  expect(database.batches.slice(3)).toEqual([["giant"], ["after"]]);
});

test("everyone is answered with what became of theirs, in their order, equal ones once", async () => {
  const database = new FakeDatabase();
  const some = (ids: string) => [...ids].map((id) => message(id));
  expect((await database.writer.store(some("auabu"))).join()).toBe(
    "stored,unrouted,duplicate,stored,duplicate",
  );
  expect(await database.writer.store(some("bc"))).toEqual(["duplicate", "stored"]);
});

for (const code of ["SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_NOTNULL", "SQLITE_MISMATCH", "SQLITE_TOOBIG"]) {
  test(`a bad row harms only itself (${code})`, async () => {
    const database = new FakeDatabase();
    database.verdict = (bodies) => {
      if (bodies.includes("bad")) throw failing(code);
    };
    const rows = messages(9).map((one, i) => (i === 4 ? message("m4", "bad") : one));
    const fates = await Promise.all(rows.map((row) => faultOf(database.writer.store([row]))));
    expect(fates).toEqual(rows.map((_, i) => (i === 4 ? "unavailable" : null)));
    expect([...database.stored]).toEqual(rows.flatMap((row, i) => (i === 4 ? [] : [row.telnyx_id])));
  });
}

const NO_ROWS_FAULT = [
  ...["ECONNREFUSED", "SERVER_ERROR", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_FULL", "SQLITE_ERROR"],
  ...[
    "SQLITE_READONLY",
    "SQLITE_READONLY_DBMOVED",
    "UNKNOWN_SQLITE_ERROR_1544",
    "SQLITE_PERM",
    "SQLITE_AUTH",
  ],
  ...["SQLITE_CANTOPEN", "SQLITE_IOERR_WRITE", "SQLITE_PROTOCOL", "SQLITE_NOMEM", "SQLITE_NOTADB"],
];

for (const code of NO_ROWS_FAULT) {
  test(`a database that cannot be written is no row's fault: all are refused at once (${code})`, async () => {
    const database = new FakeDatabase();
    database.verdict = () => Promise.reject(failing(code));
    const fates = await Promise.all(messages(30).map((one) => faultOf(database.writer.store([one]))));
    expect(new Set(fates)).toEqual(new Set(["unavailable"]));
    expect(database.batches.map((ids) => ids.length)).toEqual([1, 29]);
    expect(database.announced).toEqual([]);
    database.verdict = () => undefined;
    expect(await database.writer.store([message("later")])).toEqual(["stored"]);
  });
}

for (const [what, waiting] of [
  ["20,000 waiting rows", messages(20_000)],
  ["64 MiB of waiting rows", messages(64, "x".repeat(MIB))],
] as const) {
  test(`beyond ${what} it refuses, and takes again once they are stored`, async () => {
    const database = new FakeDatabase();
    const gate = database.hold();
    const stored = [[message("first")], waiting].map((some) => database.writer.store(some));
    expect(await faultOf(database.writer.store([message("late")]))).toBe("unavailable");
    gate.open();
    await Promise.all(stored);
    expect(database.stored).not.toContain("late");
    expect(await database.writer.store([message("late")])).toEqual(["stored"]);
  });
}

test("what a commit inserted is announced before anybody is told, and nothing of what failed", async () => {
  const database = new FakeDatabase();
  const told = database.writer.store([message("a")]).then(() => database.announced.length);
  expect(await told).toBe(1);
  database.verdict = () => Promise.reject(failing("SQLITE_FULL"));
  await faultOf(database.writer.store([message("b")]));
  database.verdict = () => undefined;
  await database.writer.store([message("a"), message("c")]);
  expect(database.announced).toEqual([["a"], ["c"]]);
});

test("an empty list is nothing to store, and what comes after it is stored", async () => {
  const database = new FakeDatabase();
  const writer = new Writer(database.write, () => undefined);
  expect(await writer.store([])).toEqual([]);
  await writer.drained();
  expect(await writer.store([message("a")])).toEqual(["stored"]);
  expect(database.batches).toEqual([["a"]]);
});

test("drained() waits for all that waits, and for nothing when nothing does", async () => {
  const database = new FakeDatabase();
  await database.writer.drained();
  const gate = database.hold();
  const stored = database.writer.store(messages(3)).then(() => database.writer.store(messages(2, "", "n")));
  let drained = false;
  const draining = database.writer.drained().then(() => (drained = true));
  await until("the write began", () => database.inFlight === 1);
  expect(drained).toBe(false);
  gate.open();
  await Promise.all([draining, stored]);
  expect(database.stored.size).toBe(5);
});

test("whatever comes whenever: each message is written once, in the order of its coming", async () => {
  const calls = fc.array(
    fc.record({
      rows: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 700 })),
      waits: fc.boolean(),
    }),
  );
  const property = fc.asyncProperty(calls, async (calls) => {
    const database = new FakeDatabase();
    database.verdict = () => new Promise((resolve) => setImmediate(resolve));
    const given: string[] = [];
    const answers: Promise<string[]>[] = [];
    for (const [call, { rows, waits }] of calls.entries()) {
      const some = messages(rows, "hello", `${call}-`);
      given.push(...some.map(({ telnyx_id }) => telnyx_id));
      answers.push(database.writer.store(some));
      if (waits) await answers.at(-1);
    }
    expect((await Promise.all(answers)).flat()).toEqual(given.map(() => "stored"));
    expect(database.batches.flat()).toEqual(given);
    expect(database.batches.every((ids) => ids.length <= 500)).toBe(true);
    expect(database.mostInFlight).toBeLessThanOrEqual(1);
  });
  await fc.assert(property, { numRuns: 25 });
}, 60_000);
