/** What is open closes when the directory could not be read for 30 s: of a clock that nobody sets. */
import { expect, test } from "bun:test";
import { Poller, type PollerDeps } from "../../src/cluster/poller.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";

async function blindPoll(mayRead: () => boolean) {
  const world = { monotonic: 0, looks: 0, closed: [] as string[] };
  const deps = {
    changeFeed: {
      installation: { directoryVersion: 1 },
      catchUp: async () => {
        world.looks++;
        if (!mayRead()) throw new Error("the database is gone");
      },
    },
    sessions: {
      reauthorize: async () => undefined,
      closeAll: (reason: string) => world.closed.push(reason),
    },
    everyMs: 1,
    mayHaveChanged: () => true,
    monotonic: () => world.monotonic,
  };
  const poll = new Poller(deps as unknown as PollerDeps);
  atTheEnd(() => poll.stop());
  poll.start();
  const look = async () => {
    const { looks } = world;
    await until("it looks twice", () => world.looks > looks + 1);
  };
  await look();
  return { world, look };
}

test("a directory that cannot be read for 30 s closes what is open, whatever the machine's clock is set to", async () => {
  let canRead = true;
  const { world, look } = await blindPoll(() => canRead);
  canRead = false;
  const wallClock = Date.now;
  try {
    for (const setTo of [-30 * 86_400_000, 30 * 86_400_000]) {
      Date.now = () => wallClock() + setTo;
      world.monotonic += 14_000;
      await look();
      expect(world.closed).toEqual([]);
    }
    world.monotonic += 2_001;
    await look();
    expect(new Set(world.closed)).toEqual(new Set(["overloaded"]));
  } finally {
    Date.now = wallClock;
  }
});

test("one that can be read again in time closes nothing, and counts anew", async () => {
  let canRead = true;
  const { world, look } = await blindPoll(() => canRead);
  for (let i = 0; i < 3; i++) {
    canRead = false;
    world.monotonic += 29_000;
    await look();
    canRead = true;
    await look();
  }
  expect(world.closed).toEqual([]);
});
