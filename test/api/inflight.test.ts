/** One key reads a few pages at once, and no more until one of them is answered. */
import { expect, test } from "bun:test";
import { InFlight, MAX_HISTORY_REQUESTS_PER_KEY } from "../../src/api/inflight.ts";
import { ApiError } from "../../src/errors.ts";

test("a key may have a few in flight; each that leaves makes room for one, however often it says so", () => {
  const inFlight = new InFlight();
  const leaves = Array.from({ length: MAX_HISTORY_REQUESTS_PER_KEY }, () => inFlight.enter(1));
  const refused = () => {
    try {
      inFlight.enter(1);
      return null;
    } catch (error) {
      return error instanceof ApiError ? [error.code, error.details.retryAfterSeconds] : error;
    }
  };
  expect(refused()).toEqual(["rate_limited", 1]);
  inFlight.enter(2)(); // another key is none of its business
  leaves[0]?.();
  leaves[0]?.();
  leaves[0] = inFlight.enter(1);
  expect(refused()).toEqual(["rate_limited", 1]);
  for (const leave of leaves) leave();
  for (let i = 0; i < MAX_HISTORY_REQUESTS_PER_KEY; i++) inFlight.enter(1);
  expect(refused()).toEqual(["rate_limited", 1]);
});
