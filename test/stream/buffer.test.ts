/** The newest messages in memory answer as the store would, within their bounds. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { EncodedMessage, ReplayBuffer } from "../../src/stream/buffer.ts";
import { messageFrame } from "../../src/stream/sse.ts";
import { until } from "../harness/until.ts";

const ONE = "+14155550001";
const OTHER = "+14155550002";
const EVERYTHING = { accounts: [1, 2, 3], to: null };

function announced(seq: number, accountId = 1, to = ONE, body = `text ${seq}`): EncodedMessage {
  const message = {
    message_id: `msg_${seq}`,
    from: "+13125550001",
    to,
    body,
    received_at: "2026-05-22T18:30:00.000Z",
  };
  return new EncodedMessage("k3f9", { seq, account_id: accountId, stored_at: seq, message });
}

function filled(count: number, start = 0): ReplayBuffer {
  const replayBuffer = new ReplayBuffer(start);
  for (let seq = start + 1; seq <= start + count; seq++) replayBuffer.add(announced(seq));
  return replayBuffer;
}

const seqs = (found: readonly EncodedMessage[]) => found.map(({ seq }) => seq);

test("an empty one has everything after the position it started from: nothing", () => {
  const replayBuffer = new ReplayBuffer(41);
  expect(replayBuffer.since).toBe(41);
  expect(replayBuffer.after(41, EVERYTHING, 10)).toEqual([]);
});

test("messages come in the order of seq, from behind the cursor, at most as many as are asked for", () => {
  const replayBuffer = filled(10, 100);
  expect(seqs(replayBuffer.after(100, EVERYTHING, 100))).toEqual([
    101, 102, 103, 104, 105, 106, 107, 108, 109, 110,
  ]);
  expect(seqs(replayBuffer.after(103, EVERYTHING, 3))).toEqual([104, 105, 106]);
  expect(seqs(replayBuffer.after(110, EVERYTHING, 3))).toEqual([]);
  expect(seqs(replayBuffer.after(104, EVERYTHING, 0))).toEqual([]);
});

test("a cursor in a hole between messages is followed by the next one", () => {
  const replayBuffer = new ReplayBuffer(0);
  for (const seq of [5, 9, 20]) replayBuffer.add(announced(seq));
  expect(seqs(replayBuffer.after(0, EVERYTHING, 9))).toEqual([5, 9, 20]);
  expect(seqs(replayBuffer.after(6, EVERYTHING, 9))).toEqual([9, 20]);
  expect(seqs(replayBuffer.after(19, EVERYTHING, 9))).toEqual([20]);
});

test("only what is visible is found: its accounts, and its numbers where they are named", () => {
  const replayBuffer = new ReplayBuffer(0);
  for (const [seq, account, to] of [[1, 1, ONE], [2, 2, ONE], [3, 1, OTHER], [4, 3, OTHER]] as const)
    replayBuffer.add(announced(seq, account, to)); // biome-ignore format: a table
  const find = (accounts: number[], to: string[] | null) => seqs(replayBuffer.after(0, { accounts, to }, 9));
  expect(find([1], null)).toEqual([1, 3]);
  expect(find([1, 2], null)).toEqual([1, 2, 3]);
  expect(find([1, 2, 3], [OTHER])).toEqual([3, 4]);
  expect(find([1], [ONE, OTHER])).toEqual([1, 3]);
  expect(find([1], [])).toEqual([]);
  expect(find([], null)).toEqual([]);
});

test("it finds what a look through all of them would find", () => {
  const message = fc.record({
    step: fc.integer({ min: 1, max: 4 }),
    account: fc.integer({ min: 1, max: 3 }),
    to: fc.constantFrom(ONE, OTHER),
  });
  const filter = fc.record({
    accounts: fc.subarray([1, 2, 3]),
    to: fc.option(fc.subarray([ONE, OTHER])),
  });
  fc.assert(
    fc.property(fc.array(message), filter, fc.nat(200), fc.nat(20), (messages, filter, after, limit) => {
      const replayBuffer = new ReplayBuffer(0);
      const all: EncodedMessage[] = [];
      for (const { step, account, to } of messages)
        all.push(announced((all.at(-1)?.seq ?? 0) + step, account, to));
      for (const one of all) replayBuffer.add(one);
      const inSight = all.filter(
        ({ seq, stored }) =>
          seq > after &&
          filter.accounts.includes(Number(stored.account_id)) &&
          (filter.to === null || filter.to.includes(stored.message.to)),
      );
      expect(seqs(replayBuffer.after(after, filter, limit))).toEqual(seqs(inSight.slice(0, limit)));
    }),
  );
});

test("ten thousand are kept, and it says from where on it has all", () => {
  const replayBuffer = filled(10_000);
  expect(replayBuffer.since).toBe(0);
  replayBuffer.add(announced(10_001));
  expect(replayBuffer.since).toBe(1);
  expect(seqs(replayBuffer.after(1, EVERYTHING, 2))).toEqual([2, 3]);
  expect(replayBuffer.after(1, EVERYTHING, 20_000)).toHaveLength(10_000);
});

test("after many times as many it still finds each where it is", () => {
  const replayBuffer = filled(35_000);
  expect(replayBuffer.since).toBe(25_000);
  for (const after of [25_000, 25_001, 29_999, 34_998]) {
    expect(seqs(replayBuffer.after(after, EVERYTHING, 2))).toEqual([after + 1, after + 2]);
  }
  expect(replayBuffer.after(25_000, EVERYTHING, 20_000)).toHaveLength(10_000);
});

test("long texts make it keep fewer: sixteen megabytes of them", () => {
  const replayBuffer = new ReplayBuffer(0);
  for (let seq = 1; seq <= 10; seq++) replayBuffer.add(announced(seq, 1, ONE, "x".repeat(1024 * 1024 - 12)));
  expect(replayBuffer.since).toBe(2);
  expect(seqs(replayBuffer.after(2, EVERYTHING, 100))).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
});

test("frames that are made later count, too", () => {
  const replayBuffer = new ReplayBuffer(0);
  for (let seq = 1; seq <= 7; seq++) replayBuffer.add(announced(seq, 1, ONE, "x".repeat(1024 * 1024)));
  expect(replayBuffer.since).toBe(0);
  for (const each of replayBuffer.after(0, EVERYTHING, 10))
    expect(each.frame.byteLength).toBeGreaterThan(1024 * 1024);
  // A megabyte of letters counts as two, and its frame as one.
  expect(seqs(replayBuffer.after(replayBuffer.since, EVERYTHING, 10))).toEqual([3, 4, 5, 6, 7]);
  replayBuffer.clear(7);
  for (let seq = 8; seq <= 15; seq++) replayBuffer.add(announced(seq, 1, ONE, "x".repeat(1024 * 1024 - 12)));
  expect(replayBuffer.since).toBe(7);
});

test("what was cleared is gone, and what comes later is kept", () => {
  const replayBuffer = filled(10);
  replayBuffer.clear(12);
  expect(replayBuffer.since).toBe(12);
  expect(replayBuffer.after(12, EVERYTHING, 100)).toEqual([]);
  replayBuffer.add(announced(13));
  expect(seqs(replayBuffer.after(12, EVERYTHING, 100))).toEqual([13]);
  const long = (seq: number) => announced(seq, 1, ONE, "x".repeat(5 * 1024 * 1024));
  replayBuffer.add(long(14));
  replayBuffer.clear(14);
  replayBuffer.add(long(15));
  expect(seqs(replayBuffer.after(14, EVERYTHING, 100))).toEqual([15]);
});

test("a frame is made once, and is then everyone's", () => {
  const one = announced(7);
  const replayBuffer = new ReplayBuffer(0);
  replayBuffer.add(one);
  expect(one.frame).toEqual(messageFrame("k3f9", one.stored));
  expect(replayBuffer.after(0, EVERYTHING, 1)[0]?.frame).toBe(one.frame);
});

test("what was dropped is let go of, and not only counted as gone", async () => {
  const replayBuffer = new ReplayBuffer(0);
  const refs = Array.from({ length: 40 }, (_, i) => {
    const large = announced(i + 1, 1, ONE, `${i}`.padEnd(1024 * 1024 - 12, "x"));
    replayBuffer.add(large);
    return new WeakRef(large);
  });
  await until("the dropped ones are gone from memory", () => {
    Bun.gc(true);
    return refs.filter((ref) => ref.deref()).length <= 12;
  });
  expect(seqs(replayBuffer.after(replayBuffer.since, EVERYTHING, 100))).toEqual([
    33, 34, 35, 36, 37, 38, 39, 40,
  ]);
});
