/** Rings for a process that may not be listening. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ringer } from "../../src/cluster/ringer.ts";

test("however often it rings, one ring is on its way, and none is forgotten", () => {
  const steps = fc.array(fc.constantFrom("ring", "hear"), { maxLength: 50 });
  fc.assert(
    fc.property(steps, (steps) => {
      let [unheard, isNew] = [0, false];
      const ringer = new Ringer(() => {
        unheard++;
        isNew = false;
      });
      const hear = () => {
        unheard--;
        ringer.heard();
      };
      for (const step of steps) {
        if (step === "ring") {
          isNew = true;
          ringer.ring();
        } else if (unheard > 0) hear();
        expect(unheard).toBeLessThanOrEqual(1);
      }
      while (unheard > 0) hear();
      expect(isNew).toBeFalse();
    }),
  );
});
