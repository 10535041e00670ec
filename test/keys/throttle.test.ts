/** Guessing has a speed limit, for each address; whoever has succeeded before does not meet it. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { ApiError } from "../../src/errors.ts";
import { AuthThrottle } from "../../src/keys/throttle.ts";

const START = 1_716_000_000_000;
const BURST = 60;

beforeEach(() => void jest.useFakeTimers({ now: START }));
afterEach(() => void jest.useRealTimers());

function authThrottle(trustProxy: readonly string[] = []) {
  const clock = { now: START };
  const all = new AuthThrottle({
    peerOf: (request) => request.headers.get("x-peer"),
    trustProxy,
    monotonic: () => clock.now,
  });
  /** How many of `count` attempts from there are looked at; each of them fails. */
  const fail = (count: number, peer: string, forwarded?: string) => {
    let looks = 0;
    for (let i = 0; i < count; i++) {
      try {
        all.note(all.admit(request(peer, forwarded)));
        looks++;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        expect([error.code, error.details.retryAfterSeconds]).toEqual(["rate_limited", expect.any(Number)]);
      }
    }
    return looks;
  };
  return { all, clock, fail };
}

function request(peer: string, forwarded?: string): Request {
  const headers = { "x-peer": peer, ...(forwarded ? { "x-forwarded-for": forwarded } : {}) };
  return new Request("http://localhost/", { headers });
}

test("after sixty failures an address has one look in two seconds", () => {
  const { clock, fail } = authThrottle();
  expect(fail(1_000, "192.0.2.1")).toBe(BURST);
  clock.now += 1_999;
  expect(fail(10, "192.0.2.1")).toBe(0);
  clock.now += 1;
  expect(fail(10, "192.0.2.1")).toBe(1);
  clock.now += 86_400_000;
  expect(fail(1_000, "192.0.2.1")).toBe(BURST);
});

test("one address is not another, and all of a /64 are one", () => {
  const { fail } = authThrottle();
  expect(fail(100, "192.0.2.1")).toBe(BURST);
  expect(fail(100, "192.0.2.2")).toBe(BURST);
  expect(fail(100, "2001:db8::1")).toBe(BURST);
  expect(fail(100, "2001:db8::2:1")).toBe(0);
  expect(fail(100, "2001:db8:0:1::1")).toBe(BURST);
});

test("behind a proxy that is believed the forwarded address counts, and behind another the proxy's", () => {
  const { fail } = authThrottle(["127.0.0.1"]);
  expect(fail(100, "127.0.0.1", "198.51.100.1")).toBe(BURST);
  expect(fail(100, "127.0.0.1", "198.51.100.2")).toBe(BURST);
  expect(fail(100, "127.0.0.2", "198.51.100.3")).toBe(BURST);
  expect(fail(100, "127.0.0.2", "198.51.100.4")).toBe(0);
});

test("a success costs nothing", () => {
  const { all, fail } = authThrottle();
  for (let i = 0; i < 1_000; i++) all.admit(request("192.0.2.1"));
  expect(fail(100, "192.0.2.1")).toBe(BURST);
});

test("those that were under way at once overdraw, and wait for it, but not for ever", () => {
  const { all, clock, fail } = authThrottle();
  const callers = Array.from({ length: 1_000 }, () => all.admit(request("192.0.2.1")));
  for (const caller of callers) all.note(caller);
  clock.now += 120_000;
  expect(fail(1, "192.0.2.1")).toBe(0);
  clock.now += 2_000;
  expect(fail(10, "192.0.2.1")).toBe(1);
});
