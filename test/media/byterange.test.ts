/** One range of a file, as RFC 9110 has it. */
import { expect, test } from "bun:test";
import { readRange } from "../../src/api/byterange.ts";

test.each([
  [null, null],
  ["bytes=0-", { start: 0, end: 100 }],
  ["bytes=0-0", { start: 0, end: 1 }],
  ["Bytes = 10-19", { start: 10, end: 20 }],
  ["bytes=90-1000", { start: 90, end: 100 }],
  ["bytes=-10", { start: 90, end: 100 }],
  ["bytes=-1000", { start: 0, end: 100 }],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=9-8", null],
  ["bytes=-", null],
  ["bytes=0-1,5-6", null],
  ["lines=0-1", null],
  [`bytes=${"9".repeat(10_000)}-`, null],
] as const)("%p of a hundred bytes is %p", (header, range) => {
  expect(readRange(header, 100)).toEqual(range as never);
});
