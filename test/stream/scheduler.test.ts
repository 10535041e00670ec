/** A herd's work is done in the order of its coming, account by account, and the event loop turns meanwhile. */
import { expect, test } from "bun:test";
import { Scheduler } from "../../src/stream/scheduler.ts";

/** Work that holds the thread for so long. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("work is begun in the order of its coming, and each gets its own answer", async () => {
  const scheduler = new Scheduler();
  const begun: number[] = [];
  const answers = Array.from({ length: 100 }, (_, i) =>
    scheduler.run(1, async () => {
      begun.push(i);
      busy(0.3); // some turns' worth in all
      await Promise.resolve();
      return i * 2;
    }),
  );
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 100 }, (_, i) => i * 2));
  expect(begun).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("work that fails fails alone", async () => {
  const scheduler = new Scheduler();
  const failing = scheduler
    .run(1, () => Promise.reject(new Error("no")))
    .catch((error: Error) => error.message);
  const fine = scheduler.run(1, () => Promise.resolve("yes"));
  expect(await Promise.all([failing, fine])).toEqual(["no", "yes"]);
});

test("the event loop has its turns while a herd is served, also one that comes in a single turn", async () => {
  const scheduler = new Scheduler();
  let done = 0;
  const herd = Array.from({ length: 60 }, () =>
    scheduler.run(1, async () => {
      busy(1);
      done++;
    }),
  );
  const seen: number[] = [];
  while (done < herd.length) {
    seen.push(done);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(herd);
  const steps = seen.slice(1).map((value, i) => value - (seen[i] ?? 0));
  expect(seen.length).toBeGreaterThan(3);
  expect(Math.max(...steps)).toBeLessThan(30);
});

test("whoever asks again from within its own work gets another turn, and nobody waits for ever", async () => {
  const scheduler = new Scheduler();
  let rounds = 0;
  const again = (): Promise<void> =>
    scheduler.run(1, async () => {
      if (++rounds < 30_000) void again();
    });
  await again();
  while (rounds < 30_000) await new Promise((resolve) => setImmediate(resolve));
  expect(await scheduler.run(1, () => Promise.resolve("served"))).toBe("served");
});

test("work that takes longer than a turn's share has a turn for each piece, however many lanes wait", async () => {
  const scheduler = new Scheduler();
  let done = 0;
  const herd = Array.from({ length: 12 }, () =>
    scheduler.run(1, async () => {
      busy(10);
      done++;
    }),
  );
  const seen: number[] = [];
  while (done < herd.length) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(done);
  }
  await Promise.all(herd);
  const steps = seen.slice(1).map((value, i) => value - (seen[i] ?? 0));
  expect(Math.max(...steps)).toBe(1);
});

test("however much of other accounts waits, an account's first work is begun among the next", async () => {
  const scheduler = new Scheduler();
  const begun: number[] = [];
  const work = (account: number) =>
    scheduler.run(account, async () => {
      begun.push(account);
      busy(0.3);
      await Promise.resolve();
    });
  const herd = Array.from({ length: 300 }, (_, i) => work(1 + (i % 2)));
  const [first, second] = [work(3), work(3)];
  const before = begun.length;
  await Promise.all([...herd, first, second]);
  expect(begun.length).toBe(302);
  // What was under way, then one of each account that waits.
  const places = begun.flatMap((account, at) => (account === 3 ? [at - before] : []));
  expect(places[0]).toBeLessThanOrEqual(8 + 3);
  expect((places[1] ?? 0) - (places[0] ?? 0)).toBeLessThanOrEqual(3);
});

test("an account whose work asks again and again lets another in after each", async () => {
  const scheduler = new Scheduler();
  let rounds = 0;
  const again = (): Promise<void> =>
    scheduler.run(1, async () => {
      rounds++;
      busy(0.5);
      await Promise.resolve();
      if (rounds < 2_000) void again();
    });
  for (let i = 0; i < 50; i++) void again();
  for (let i = 0; i < 10; i++) {
    const before = rounds;
    await scheduler.run(2, () => Promise.resolve());
    expect(rounds - before).toBeLessThanOrEqual(20);
  }
  rounds = 2_000;
});
