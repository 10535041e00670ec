/** Whoever looks through much shares each turn of the event loop fairly with others. */
import { expect, test } from "bun:test";
import { yieldToEventLoop } from "../../src/platform/eventloop.ts";
import { Slices } from "../../src/platform/slices.ts";

/** As long as one slice and no longer: the next look at the clock says that it is over. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("work is done in slices, and its promise settles when it is done", async () => {
  const share = new Slices().of(1);
  let slices = 0;
  await share((isOver) => {
    slices++;
    while (!isOver());
    return slices === 5;
  });
  expect(slices).toBe(5);
  const failure = share(() => {
    throw new Error("it failed");
  });
  expect(await failure.catch((error: unknown) => error)).toEqual(new Error("it failed"));
});

test("an account with much to do has one slice, then all the others", async () => {
  const slices = new Slices();
  const order: number[] = [];
  const job = (account: number, steps: number) => {
    let left = steps;
    return slices.of(account)(() => {
      order.push(account);
      busy(1.5);
      return --left === 0;
    });
  };
  const all = [...Array.from({ length: 20 }, () => job(1, 5)), job(2, 2), job(3, 2)];
  await Promise.all(all.slice(20));
  // The first of them began while nobody else was there.
  const begun = order.indexOf(2);
  expect(order.slice(begun).filter((account) => account === 1).length).toBeLessThanOrEqual(3);
  await Promise.all(all);
});

test("whatever is asked for within one turn of the event loop takes no more of it than one turn's share", async () => {
  const slices = new Slices();
  let done = 0;
  const all = Array.from({ length: 50 }, (_, i) =>
    slices.of(i)(() => {
      done++;
      busy(1);
      return true;
    }),
  );
  expect(done).toBeLessThan(10);
  const before = done;
  await yieldToEventLoop();
  expect(done - before).toBeLessThan(20);
  await Promise.all(all);
  expect(done).toBe(50);
});
