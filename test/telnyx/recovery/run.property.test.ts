/** Whatever becomes of texts at Telnyx and here, everything of ours is here once in the end, and nothing else. */
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { deleteMessage } from "../../../src/messages/delete.ts";
import { tenant } from "../../harness/service.ts";
import type { Text } from "../standin/texts.ts";
import { world } from "./world.ts";

setDefaultTimeout(120_000);

const NUMBERS = ["+14155550101", "+14155550102"];
const FOREIGN = "+14155550109";

const text = fc.record({
  to: fc.constantFrom(...NUMBERS, FOREIGN),
  minutesAgo: fc.integer({ min: 15, max: 600 }),
  /** `late`: in Telnyx's list only at the second look. */
  fate: fc.constantFrom("arrives", "arrives twice", "lost", "lost", "late", "recorded", "deleted"),
});

test("lost, doubled, reordered, late in the list, deleted, foreign", async () => {
  const scenario = fc.array(text, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(scenario, fc.boolean(), fc.boolean(), async (texts, isDoubled, isReversed) => {
      const at = await world();
      for (const number of NUMBERS) await tenant(at.service, number);
      if (isReversed) at.telnyx.order = (all) => all.toReversed();
      if (isDoubled) at.telnyx.order = (all) => all.flatMap((each) => [each, each]);
      const late: Text[] = [];
      /** Bodies. */
      const [expected, recovered, gone] = [new Set<string>(), new Set<string>(), new Set<string>()];
      for (const [i, { to, minutesAgo, fate }] of texts.entries()) {
        const body = `text ${i}`;
        const options = { to, body, at: Date.now() - minutesAgo * 60_000 };
        const isOurs = to !== FOREIGN;
        const arrives = isOurs && ["arrives", "arrives twice", "deleted"].includes(fate);
        if (arrives) await at.telnyx.send(options, fate === "arrives twice" ? 2 : 1);
        else {
          const isListed = fate !== "late" && fate !== "recorded";
          const lost = at.telnyx.lose({ ...options, isListed, isRecorded: fate !== "late" });
          if (fate === "late") late.push(lost);
        }
        if (!isOurs) continue;
        if (fate === "deleted") gone.add(body);
        else expected.add(body);
        if (!arrives) recovered.add(body);
      }
      for (const { message_id, body } of await at.messages())
        if (gone.has(body)) await deleteMessage(at.service.database, message_id, Date.now());
      const live = (await at.messages()).length;

      const first = await at.report();
      for (const each of late) each.isListed = each.isRecorded = true;
      const second = await at.report();
      const { position } = await at.service.database.installation();
      expect(await at.report()).toMatchObject({ stored: 0, unrouted: 0, fetched: 0, complete: true });
      expect((await at.service.database.installation()).position).toBe(position);

      const messages = await at.messages();
      const bodies = messages.map(({ body }) => body);
      expect(bodies.toSorted()).toEqual([...expected].toSorted());
      expect(
        messages
          .filter((each) => each.recovered)
          .map(({ body }) => body)
          .toSorted(),
      ).toEqual([...recovered].toSorted());
      // Each look stores in the order in which Telnyx received.
      const times = messages.slice(live).map(({ received_at }) => received_at);
      expect(times.slice(0, first.stored)).toEqual(times.slice(0, first.stored).toSorted());
      expect(times.slice(first.stored)).toEqual(times.slice(first.stored).toSorted());
      expect(second.stored).toBe(times.length - first.stored);
      expect([first.foreign, second.foreign]).toEqual([
        at.telnyx.texts.filter((each) => each.options.to === FOREIGN && !late.includes(each)).length,
        at.telnyx.texts.filter((each) => each.options.to === FOREIGN).length,
      ]);
      expect(at.telnyx.problems).toEqual([]);
      await at.service.close();
    }),
    { numRuns: 15 },
  );
});
