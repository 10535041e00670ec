/** `traceparent`, as W3C Trace Context has it: what is none is no reason to refuse anything. */
import { expect, test } from "bun:test";
import { parseTraceparent } from "../../src/log/tracecontext.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("the standard's own example, sampled and not", () => {
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    isSampled: true,
  });
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
});

test("a later version may have more behind the flags, and this one may not", () => {
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-01-x`)).toBeNull();
});

test.each([
  null, "", "00", `ff-${TRACE}-${SPAN}-01`, `00-${TRACE.toUpperCase()}-${SPAN}-01`, `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`, `00-${TRACE}-${SPAN}-1`, `00-${TRACE}-${SPAN}-01x`, "x".repeat(100_000),
])("%p is none", (text) => {
  expect(parseTraceparent(text)).toBeNull();
}); // biome-ignore format: a list
