/** The log's lines on their way out: in order, apart from what serves, and within a bound where nobody reads. */
import { expect, test } from "bun:test";
import { LogOutput } from "../../src/log/output.ts";

/** What reads as the test says: each write waits until it is told how much it took, or how it failed. */
function reader() {
  const writes: { bytes: Buffer; done: (took?: number) => void; fail: (code: string) => void }[] = [];
  const write = (bytes: Buffer) =>
    new Promise<number>((resolve, reject) => {
      writes.push({
        bytes,
        done: (took = bytes.length) => resolve(took),
        fail: (code) => reject(Object.assign(new Error(code), { code })),
      });
    });
  const next = async () => {
    for (let tries = 0; tries < 100 && writes.length === 0; tries++) await Bun.sleep(1);
    const one = writes.shift();
    if (!one) throw new Error("nothing is being written");
    return one;
  };
  return { write, next, writes };
}

const line = (i: number) => `${i}${" ".repeat(999)}\n`;

test("lines come in order, together where they waited together, and a write may take a part", async () => {
  const { write, next } = reader();
  const output = new LogOutput(1, { write, onDropped: () => undefined });
  for (const text of ["a\n", "b\n", "c\n"]) output.line(text);
  const first = await next();
  expect(String(first.bytes)).toBe("a\n");
  first.done(1);
  const rest = await next();
  expect(String(rest.bytes)).toBe("\n");
  rest.done();
  const both = await next();
  expect(String(both.bytes)).toBe("b\nc\n");
  both.done();
  await output.end();
});

test("where nobody reads a bound holds, and who reads again is told how many lines are missing", async () => {
  const { write, next, writes } = reader();
  let dropped = 0;
  const output = new LogOutput(1, {
    write,
    onDropped: (count) => {
      dropped += count;
      output.line(`dropped ${count}\n`);
    },
  });
  for (let i = 0; i < 10_000; i++) output.line(line(i));
  const read: string[] = [];
  while (!read.join("").includes("dropped")) {
    const one = await next();
    read.push(String(one.bytes));
    one.done();
  }
  const lines = read.join("").trimEnd().split("\n");
  expect(lines.length - 1 + dropped).toBe(10_000);
  expect(read.join("").length).toBeLessThan(1.2 * 1024 * 1024);
  expect(lines.slice(0, -1).map(Number)).toEqual(Array.from({ length: lines.length - 1 }, (_, i) => i));
  expect(writes).toEqual([]);
});

test("a full pipe or disk is tried again, and for a reader who has gone nothing is kept", async () => {
  const { write, next, writes } = reader();
  const output = new LogOutput(1, { write, onDropped: () => undefined });
  output.line("a\n");
  for (const code of ["EAGAIN", "ENOSPC"]) (await next()).fail(code);
  const again = await next();
  expect(String(again.bytes)).toBe("a\n");
  again.fail("EPIPE");
  await output.end();
  output.line("b\n");
  await output.end();
  expect(writes).toEqual([]);
});

test("the end does not wait for somebody who does not read", async () => {
  const output = new LogOutput(1, { write: () => new Promise(() => undefined), onDropped: () => undefined });
  output.line("a\n");
  await output.end();
});
