/** What is new is announced once, in the order of seq, whether it was read or has just been committed here. */
import { expect, test } from "bun:test";
import type { StoredMessage } from "../../src/message.ts";
import { Tail } from "../../src/messages/changefeed.ts";
import { until } from "../harness/until.ts";

const stored = (...seqs: number[]): StoredMessage[] =>
  seqs.map((seq) => ({
    seq,
    account_id: 1,
    stored_at: 0,
    message: {
      message_id: `msg_${seq}`,
      from: "",
      to: "",
      body: "",
      received_at: "2026-05-22T18:30:00.000Z",
    },
  }));

/** A tail at position 0, over a store that holds nothing, and answers when it may. */
function makeTail(mayAnswer: Promise<void> = Promise.resolve()) {
  const announced: (readonly [seqs: number[], through: number])[] = [];
  let readings = 0;
  const installation = { epoch: "e", position: 0, prunedThrough: 0, directoryVersion: 0, deletions: 0 };
  const read = async () => {
    readings++;
    await mayAnswer;
    const row = {
      epoch: "e",
      position: 0,
      pruned_through: 0,
      directory_version: 0,
      deletions: 0,
      page: "[]",
    };
    return { rows: [row], rowsAffected: 0 };
  };
  const tail = new Tail(read, installation, ({ messages, through }) => {
    announced.push([messages.map(({ seq }) => seq), through]);
  });
  return { tail, announced, readings: () => readings };
}

test("what follows the position is announced as it was committed, and nothing is read", async () => {
  const { tail, announced, readings } = makeTail();
  tail.offer(stored(1, 2));
  tail.offer(stored(3, 5));
  expect(announced).toEqual([
    [[1, 2], 2],
    [[3, 5], 5],
  ]);
  expect(tail.position).toBe(5);
  await Promise.resolve();
  expect(readings()).toBe(0);
});

test("what has been announced is not announced again, and what comes behind it is", async () => {
  const { tail, announced, readings } = makeTail();
  tail.offer(stored(1, 2, 3));
  tail.offer(stored(2, 3));
  tail.offer(stored(3, 4));
  tail.offer([]);
  expect(announced.map(([seqs]) => seqs)).toEqual([[1, 2, 3], [4]]);
  await Promise.resolve();
  expect(readings()).toBe(0);
});

test("where something lies before it the store is asked, and while it is, nothing is announced past it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { tail, announced, readings } = makeTail(promise);
  tail.offer(stored(2));
  await until("the store is asked", () => readings() === 1);
  tail.offer(stored(1));
  expect(announced).toEqual([]);
  resolve();
  await tail.catchUp();
  expect(readings()).toBe(2);
});
