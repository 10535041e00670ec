/** Work in the background: one round after the other, each says when the next is, and none after the end. */
import { expect, test } from "bun:test";
import { Periodic } from "../../src/platform/periodic.ts";
import { until } from "../harness/until.ts";

test("rounds follow one another, and never two at once, however short the waits are", async () => {
  let rounds = 0;
  let running = 0;
  let most = 0;
  const periodic = new Periodic(async () => {
    rounds++;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return 0;
  });
  periodic.start(0);
  await until("some rounds", () => rounds >= 5);
  periodic.stop();
  expect(most).toBe(1);
});

test("one that is stopped begins no round: neither while it waits, nor behind a round that is under way", async () => {
  let rounds = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const periodic = new Periodic(async () => {
    rounds++;
    await promise;
    return 0;
  });
  periodic.start(0);
  await until("the first round", () => rounds === 1);
  periodic.stop();
  expect(periodic.isStopped).toBe(true);
  resolve();
  periodic.start(0);
  for (let i = 0; i < 5; i++) await new Promise((next) => setTimeout(next, 1));
  expect(rounds).toBe(1);
});
