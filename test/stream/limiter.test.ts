/** StreamLimiter for streams: nobody gets more than there are, and each that is given back is there again. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { StreamLimiter } from "../../src/stream/limiter.ts";
import { MAX_STREAMS_PER_TICKET } from "../../src/stream/limits.ts";

/** With a clock that stands still, and a rate that is out of the way. */
function limiter(maxStreams: number, maxStreamsPerKey: number): StreamLimiter {
  let now = 0;
  return new StreamLimiter({ maxStreams, maxStreamsPerKey }, () => (now += 1e6));
}

test("a ticket's streams are its key's, and at most ten", () => {
  const all = limiter(1_000, 12);
  for (let i = 0; i < MAX_STREAMS_PER_TICKET; i++) expect(all.enter(1, 7)).toBeNull();
  expect(all.enter(1, 7)?.message).toContain("This ticket has 10 streams open");
  expect([all.enter(1, 8), all.enter(1, null)]).toEqual([null, null]);
  expect(all.enter(1, null)?.message).toContain("This API key has 12 streams open");
  expect(all.enter(2, null)).toBeNull();
  all.leave(1, 7);
  expect(all.enter(1, 7)).toBeNull();
});

test("whatever comes and goes, no bound is passed, and none is met too early", () => {
  const who = fc.record({ keyId: fc.nat(3), ticketId: fc.option(fc.nat(2)) });
  const step = fc.oneof(who, fc.record({ leaves: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const [most, mostPerKey] = [30, 14];
      const all = limiter(most, mostPerKey);
      const inside: { keyId: number; ticketId: number | null }[] = [];
      for (const step of steps) {
        if ("leaves" in step) {
          const [gone] = inside.splice(step.leaves % (inside.length || 1), 1);
          if (gone) all.leave(gone.keyId, gone.ticketId);
          continue;
        }
        // A ticket is of one key.
        const ticketId = step.ticketId === null ? null : step.keyId * 10 + step.ticketId;
        const ofKey = inside.filter(({ keyId }) => keyId === step.keyId).length;
        const ofTicket = inside.filter((each) => each.ticketId !== null && each.ticketId === ticketId).length;
        const isRoom = inside.length < most && ofKey < mostPerKey && ofTicket < MAX_STREAMS_PER_TICKET;
        expect(all.enter(step.keyId, ticketId) === null).toBe(isRoom);
        if (isRoom) inside.push({ keyId: step.keyId, ticketId });
      }
    }),
  );
});
