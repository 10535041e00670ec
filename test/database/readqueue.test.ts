/** The line before a reading thread: fair between accounts, bounded, and without those who have gone. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ReadQueue } from "../../src/database/readqueue.ts";
import type { Statement } from "../../src/database/result.ts";
import { ApiError } from "../../src/errors.ts";

/** A thread in the hand: what it was given, in order, and the one that it is at is finished on request. */
function makeThread(concurrency = 1, ofOneAccount = concurrency) {
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const queue = new ReadQueue(
    (statement: Statement) => {
      begun.push(String(statement));
      const { promise, resolve } = Promise.withResolvers<{ rows: []; rowsAffected: number }>();
      finish.push(() => resolve({ rows: [], rowsAffected: 0 }));
      return promise;
    },
    concurrency,
    ofOneAccount,
  );
  const step = async () => {
    finish.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const runAll = async () => {
    while (finish.length > 0) await step();
  };
  return { queue, begun, step, runAll };
}

const forEver = new AbortController().signal;

test("accounts take turns, however much one of them wants, and each has its own in order", async () => {
  const { queue, begun, runAll } = makeThread();
  for (let i = 0; i < 100; i++) void queue.of({ account: 1, signal: forEver })(`greedy ${i}`);
  for (let i = 0; i < 3; i++) void queue.of({ account: 2, signal: forEver })(`modest ${i}`);
  void queue.of({ account: 3, signal: forEver })("single 0");
  await runAll();
  expect(begun.slice(0, 8)).toEqual(["greedy 0", "greedy 1", "modest 0", "single 0", "greedy 2", "modest 1", "greedy 3", "modest 2"]); // biome-ignore format: one line
  expect(begun.length).toBe(104);
});

test("work of several statements stands in line again for each", async () => {
  const { queue, begun, runAll } = makeThread();
  const long = async (name: string, account: number) => {
    const read = queue.of({ account, signal: forEver });
    for (let i = 0; i < 3; i++) await read(`${name} ${i}`);
  };
  const all = Promise.all([long("a", 1), long("b", 2), long("c", 1)]);
  await runAll();
  await all;
  expect(begun).toEqual(["a 0", "b 0", "c 0", "a 1", "b 1", "c 1", "a 2", "b 2", "c 2"]);
});

test("one account has no more under way than it may, and leaves the rest to whoever comes", async () => {
  const { queue, begun, step, runAll } = makeThread(2, 1);
  for (let i = 0; i < 3; i++) void queue.of({ account: 1, signal: forEver })(`greedy ${i}`);
  expect(begun).toEqual(["greedy 0"]);
  void queue.of({ account: 2, signal: forEver })("modest 0");
  expect(begun).toEqual(["greedy 0", "modest 0"]);
  await step();
  expect(begun).toEqual(["greedy 0", "modest 0", "greedy 1"]);
  await runAll();
  expect(begun.length).toBe(4);
});

test("what the service itself reads goes first", async () => {
  const { queue, begun, runAll } = makeThread();
  for (let i = 0; i < 5; i++) void queue.of({ account: i + 1, signal: forEver })(`account ${i + 1}`);
  void queue.read("own");
  await runAll();
  expect(begun.slice(0, 3)).toEqual(["account 1", "own", "account 2"]);
});

test("what is abandoned leaves the line at once, and is never carried out", async () => {
  const { queue, begun, step, runAll } = makeThread();
  const leaving = new AbortController();
  const reads = Array.from({ length: 150 }, (_, i) =>
    queue
      .of({ account: 1, signal: leaving.signal })(`gone ${i}`)
      .catch((error: Error) => error.message),
  );
  void queue.of({ account: 2, signal: forEver })("there");
  leaving.abort(new Error("left"));
  expect(await Promise.all(reads)).toEqual(Array.from({ length: 150 }, () => "left"));
  await step();
  expect(begun).toEqual(["gone 0", "there"]);
  await runAll();
  expect(await queue.of({ account: 1, signal: leaving.signal })("late").catch(String)).toBe("Error: left");
  void queue.of({ account: 1, signal: forEver })("again");
  await runAll();
  expect(begun).toEqual(["gone 0", "there", "again"]);
});

test("a full line refuses at once: one account alone fills only its own part", async () => {
  const { queue, begun, runAll } = makeThread();
  const outcomes: string[] = [];
  const put = (account: number) =>
    queue
      .of({ account, signal: forEver })(`of ${account}`)
      .then(
        () => outcomes.push("served"),
        (error: unknown) =>
          outcomes.push(error instanceof ApiError ? `${error.code} ${error.details.retryAfterSeconds}` : "?"),
      );
  for (let i = 0; i < 500; i++) void put(1);
  await Promise.resolve();
  await Promise.resolve();
  expect(outcomes.filter((outcome) => outcome === "unavailable 1").length).toBe(299);
  for (let account = 2; account < 20; account++) for (let i = 0; i < 100; i++) void put(account);
  void queue.read("own");
  await runAll();
  expect(begun).toContain("own");
  expect(outcomes.filter((outcome) => outcome === "served").length).toBe(1_001);
});

test("an error is its own read's alone", async () => {
  const queue = new ReadQueue((statement) => {
    if (statement === "bad") throw new Error("no");
    return Promise.resolve({ rows: [], rowsAffected: 7 });
  }, 1);
  const bad = queue.read("bad").catch((error: Error) => error.message);
  expect((await queue.read("good")).rowsAffected).toBe(7);
  expect(await bad).toBe("no");
});

test("whoever comes and goes in whatever order: all that stays is served, once, and nobody waits for more than one of each other account", async () => {
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("come" as const), account: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), which: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("step" as const) }) },
  ); // biome-ignore format: a list
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      async (events, lanes) => {
        const { queue, begun, step, runAll } = makeThread(lanes);
        const came: { readonly name: string; readonly account: number; readonly gone: AbortController }[] =
          [];
        const left = new Set<string>();
        for (const each of events) {
          if (each.do === "step") await step();
          else if (each.do === "come") {
            const gone = new AbortController();
            const name = `${each.account}:${came.length}`;
            came.push({ name, account: each.account, gone });
            queue
              .of({ account: each.account, signal: gone.signal })(name)
              .catch(() => undefined);
          } else {
            const leaving = came[each.which];
            if (leaving && !begun.includes(leaving.name)) left.add(leaving.name);
            leaving?.gone.abort(new Error("left"));
          }
        }
        const waiting = came.filter(({ name }) => !begun.includes(name) && !left.has(name));
        const from = begun.length;
        await runAll();
        const served = begun.slice(from).map((name) => Number(name.split(":")[0]));
        // Each round has at most one of every account that waits.
        for (const account of new Set(waiting.map((one) => one.account))) {
          const first = served.indexOf(account);
          expect(first).toBeLessThan(4);
          expect(new Set(served.slice(0, first)).size).toBe(first);
        }
        expect(new Set(begun)).toEqual(
          new Set(came.map(({ name }) => name).filter((name) => !left.has(name))),
        );
        expect(begun.length).toBe(new Set(begun).size);
      },
    ),
  );
});
