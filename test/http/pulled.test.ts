/** Large answers: taken at the pace of their client, and told to have ended exactly once. */
import { afterEach, expect, jest, test } from "bun:test";
import { ApiError } from "../../src/errors.ts";
import { ownBody, PART_BYTES, pulledBody } from "../../src/http/pulled.ts";

const bytes = (length: number) => new Uint8Array(length).map((_, i) => i % 251);

afterEach(() => {
  jest.useRealTimers();
});

/** A body, and how often it was said to have ended. */
function counted(length: number) {
  const ends = { count: 0 };
  const body = ownBody(bytes(length), () => ends.count++) as ReadableStream<Uint8Array>;
  return { body, ends, reader: () => body.getReader() };
}

test.each([1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES, 1_000_000])(
  "%d bytes arrive as they are",
  async (length) => {
    let ends = 0;
    const body = ownBody(bytes(length), () => ends++);
    expect(await new Response(body).bytes()).toEqual(bytes(length));
    expect(ends).toBe(1);
  },
);

test("only one part is on its way, and it has ended when the last was handed over", async () => {
  const { ends, reader } = counted(PART_BYTES * 2);
  const reading = reader();
  expect((await reading.read()).value?.length).toBe(PART_BYTES);
  expect(ends.count).toBe(0);
  expect((await reading.read()).value?.length).toBe(PART_BYTES);
  expect((await reading.read()).done).toBe(true);
  expect(ends.count).toBe(1);
});

test("one that is given up has ended, once", async () => {
  const { body, ends } = counted(1_000_000);
  await body.cancel();
  expect(ends.count).toBe(1);
});

test("one of which nothing is taken is cut after a while, and one that is taken slowly is not", async () => {
  jest.useFakeTimers();
  const [stalled, slow] = [counted(1_000_000), counted(1_000_000)];
  const reading = slow.reader();
  for (let i = 0; i < 4; i++) {
    await reading.read();
    jest.advanceTimersByTime(30_000);
  }
  expect([stalled.ends.count, slow.ends.count]).toEqual([1, 0]);
  expect(stalled.reader().read()).rejects.toThrow("not taken");
  await reading.cancel();
});

test("all that wait together have a bound, and what has ended leaves its place", async () => {
  const held: ReadableStream<Uint8Array>[] = [];
  const tooMany = { ends: 0 };
  const take = () => ownBody(bytes(1_048_576), () => tooMany.ends++);
  expect(() => {
    for (let i = 0; i < 1_000; i++) held.push(take() as ReadableStream<Uint8Array>);
  }).toThrow(ApiError);
  expect([held.length, tooMany.ends]).toEqual([64, 1]);
  for (const body of held) await body.cancel();
  expect(tooMany.ends).toBe(65);
  await (take() as ReadableStream<Uint8Array>).cancel();
});

test("what many share is never counted", async () => {
  const shared = bytes(10_000_000);
  const bodies = Array.from({ length: 50 }, () => pulledBody(shared));
  for (const body of bodies) await body.cancel();
});
