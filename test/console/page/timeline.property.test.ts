/** Whatever comes from the stream and the history, in any pieces: each message once, in order, within bounds. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Message } from "../../../src/console/page/message.ts";
import { Timeline } from "../../../src/console/page/timeline.ts";

const MOST = 20;
const MAX_CHARACTERS = 200;

function message(place: number, length = 5): Message {
  return {
    message_id: `msg_${place}`,
    from: "+13125550001",
    to: "+14155559999",
    body: "x".repeat(length),
    received_at: new Date(place * 1000).toISOString(),
  };
}

test("a list drawn by the changes alone shows what the timeline holds, each message once and newest first", () => {
  // StreamLimiter above 100 come live, in rising order with repetitions; those below from the history, falling.
  const steps = fc.array(
    fc.record({ live: fc.boolean(), count: fc.nat(8), again: fc.nat(3), length: fc.nat(40) }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (taken) => {
      const timeline = new Timeline(MOST, MAX_CHARACTERS);
      let drawn: Message[] = [];
      let newest = 100;
      let oldest = 100;
      for (const { live, count, again, length } of taken) {
        const places = Array.from({ length: count }, (_, i) =>
          live ? newest + 1 - again + i : oldest - 1 + again - i,
        );
        const messages = places.map((place) => message(place, length));
        const { added, dropped } = live ? timeline.addNewer(messages) : timeline.addOlder(messages);
        drawn = live ? [...added, ...drawn] : [...drawn, ...added];
        if (dropped > 0) drawn = drawn.slice(0, -dropped);
        newest = Math.max(newest, ...places);
        oldest = Math.min(oldest, ...places);
        const ids = drawn.map(({ message_id }) => message_id);
        expect(ids).toEqual(timeline.messages.map(({ message_id }) => message_id));
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => timeline.has(id))).toBe(true);
        expect(ids.length).toBeLessThanOrEqual(MOST);
        const characters = drawn.reduce((sum, { body }) => sum + body.length, 0);
        if (live && ids.length > 1) expect(characters).toBeLessThanOrEqual(MAX_CHARACTERS);
      }
    }),
  );
});

test("the newest message stays, however long it is", () => {
  const timeline = new Timeline(MOST, MAX_CHARACTERS);
  timeline.addNewer([message(1), message(2), message(3, 1_000)]);
  expect(timeline.messages.map(({ message_id }) => message_id)).toEqual(["msg_3"]);
  expect(timeline.isFull).toBe(true);
});
