/** Who is listed first, and how many. */
import { expect, test } from "bun:test";
import type { Hub } from "../../src/stream/hub.ts";
import { roster } from "../../src/stream/roster.ts";
import type { Subscriber } from "../../src/stream/subscriber.ts";

const HUB = { epoch: "e1e1", position: 100 } as Hub;
const ALL = { accountId: null, keyId: null };

function stream(keyId: number, cursor: number, since: number): Subscriber {
  const isBehind = cursor < HUB.position;
  const origin = { since, address: "192.0.2.0/24" };
  return { keyId, accountId: keyId * 10, ticket: null, origin, isBehind, cursor } as unknown as Subscriber;
}

const listed = (streams: readonly Subscriber[], filter = ALL as Parameters<typeof roster>[2]) =>
  roster({ all: () => streams }, HUB, filter);

test("those that are furthest behind come first, then those that were opened first", () => {
  const { streams } = listed([stream(1, 100, 9), stream(2, 90, 5), stream(3, 100, 3), stream(4, 10, 7)]);
  expect(streams.map(({ key_id, behind, cursor }) => [key_id, behind, cursor])).toEqual([
    [4, 90, "e1e1-10"],
    [2, 10, "e1e1-90"],
    [3, 0, "e1e1-100"],
    [1, 0, "e1e1-100"],
  ]);
});

test("of very many some are listed, and all are counted", () => {
  const many = Array.from({ length: 5_000 }, (_, i) => stream(i % 2, 100, i));
  const found = listed(many);
  expect([found.streams.length, found.count]).toEqual([2_000, 5_000]);
  expect(JSON.stringify(found).length).toBeLessThan(1024 * 1024);
  expect(listed(many, { accountId: null, keyId: 1 }).count).toBe(2_500);
  expect(listed(many, { accountId: 0, keyId: 1 }).count).toBe(0);
});
