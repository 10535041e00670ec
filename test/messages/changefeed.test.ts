/** What is new is announced once, in the order of seq, whether it was read or has just been committed here. */
import { expect, test } from "bun:test";
import type { Read } from "../../src/database/result.ts";
import type { StoredMessage } from "../../src/message.ts";
import { ChangeFeed } from "../../src/messages/changefeed.ts";
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
  const installation = {
    epoch: "e",
    position: 0,
    prunedThrough: 0,
    directoryVersion: 0,
    deletions: 0,
    question: 0,
  };
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
  const changeFeed = new ChangeFeed(read, installation, ({ messages, through }) => {
    announced.push([messages.map(({ seq }) => seq), through]);
  });
  return { changeFeed, announced, readings: () => readings };
}

test("what follows the position is announced as it was committed, and nothing is read", async () => {
  const { changeFeed, announced, readings } = makeTail();
  changeFeed.committed(stored(1, 2));
  changeFeed.committed(stored(3, 5));
  expect(announced).toEqual([
    [[1, 2], 2],
    [[3, 5], 5],
  ]);
  expect(changeFeed.position).toBe(5);
  await Promise.resolve();
  expect(readings()).toBe(0);
});

test("what has been announced is not announced again, and what comes behind it is", async () => {
  const { changeFeed, announced, readings } = makeTail();
  changeFeed.committed(stored(1, 2, 3));
  changeFeed.committed(stored(2, 3));
  changeFeed.committed(stored(3, 4));
  changeFeed.committed([]);
  expect(announced.map(([seqs]) => seqs)).toEqual([[1, 2, 3], [4]]);
  await Promise.resolve();
  expect(readings()).toBe(0);
});

test("where something lies before it the store is asked, and while it is, nothing is announced past it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { changeFeed, announced, readings } = makeTail(promise);
  changeFeed.committed(stored(2));
  await until("the store is asked", () => readings() === 1);
  changeFeed.committed(stored(1));
  expect(announced).toEqual([]);
  resolve();
  await changeFeed.catchUp();
  expect(readings()).toBe(2);
});

test("far behind, it catches up in many turns of the event loop, and whoever begins to listen between misses nothing", async () => {
  const newest = 20_000;
  const installation = {
    epoch: "e",
    position: newest,
    prunedThrough: 0,
    directoryVersion: 0,
    deletions: 0,
    question: 0,
  };
  const read: Read = async (statement) => {
    const [after, limit] = typeof statement === "string" ? [] : statement.args.map(Number);
    const from = (after ?? 0) + 1;
    const rows = Array.from({ length: Math.min(limit ?? 0, newest - from + 1) }, (_, i) =>
      [from + i, 1, `msg_${from + i}`, "", "", "", 0, 0, null, null, null, null, null]); // biome-ignore format: columns
    const page = JSON.stringify(rows);
    const row = {
      epoch: "e",
      position: newest,
      directory_version: 0,
      pruned_through: 0,
      deletions: 0,
      question: 0,
    };
    return { rows: [{ ...row, found: rows.length, indexed_through: 0, page }], rowsAffected: 0 };
  };
  const parts: { readonly from: number; readonly to: number; readonly through: number }[] = [];
  const changeFeed = new ChangeFeed(read, { ...installation, position: 0 }, ({ messages, through }) => {
    parts.push({ from: messages[0]?.seq ?? 0, to: messages.at(-1)?.seq ?? 0, through });
  });
  let isDone = false;
  const done = changeFeed.catchUp().then(() => {
    isDone = true;
  });
  const announcedIn: number[] = [];
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    // Who begins here hears all that comes after the position.
    expect(parts.at(-1)?.through ?? 0).toBe(changeFeed.position);
    announcedIn.push(changeFeed.position);
  }
  await done;
  expect(changeFeed.position).toBe(newest);
  for (const [i, part] of parts.entries()) {
    expect(part.from).toBe((parts[i - 1]?.to ?? 0) + 1);
    expect(part.through).toBe(part.to);
  }
  const steps = announcedIn.map((position, i) => position - (announcedIn[i - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(500);
});
