/** What bodies on their way may keep together, and who makes room. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Intake, MAX_PENDING_BYTES, type PendingBody } from "../../src/http/intake.ts";

/** An intake with a clock, and the names of those that were given up. */
function intakeAt() {
  let now = 0;
  const gone: string[] = [];
  const intake = new Intake(() => now);
  return {
    intake,
    gone,
    pass: (ms: number) => {
      now += ms;
    },
    enter: (name: string, bytes: number): PendingBody => {
      const body = intake.enter(() => gone.push(name));
      intake.grow(body, bytes);
      return body;
    },
  };
}

test("the newcomer is let in, and those go that kept much for long", () => {
  const { intake, gone, pass, enter } = intakeAt();
  const slow = Array.from({ length: 31 }, (_, i) => enter(`slow ${i}`, 1024 * 1024));
  pass(500);
  for (let i = 0; i < 20; i++) enter(`young ${i}`, 100_000);
  expect(gone).toEqual(slow.slice(0, gone.length).map((_, i) => `slow ${i}`));
  expect(gone.length).toBeGreaterThan(6);
  expect(intake.bytes).toBeLessThanOrEqual(MAX_PENDING_BYTES);
});

test("of small ones that fill it, the oldest go, and one that has just come stays", () => {
  const { gone, pass, enter } = intakeAt();
  for (let i = 0; i < 8_190; i++) {
    enter(`${i}`, 4_096);
    pass(0.01);
  }
  enter("genuine", 6_000);
  enter("another", 6_000);
  expect(gone[0]).toBe("0");
  expect(gone).not.toContain("genuine");
});

test("what has left counts no more, whatever is said of it afterwards", () => {
  const { intake, gone, enter } = intakeAt();
  const body = enter("a", 1_000);
  intake.leave(body);
  intake.leave(body);
  intake.grow(body, MAX_PENDING_BYTES * 2);
  expect([intake.bytes, gone]).toEqual([0, []]);
});

test("whatever comes and goes, the bound holds, and the sum is that of those that are there", () => {
  const step = fc.record({ who: fc.nat(40), bytes: fc.nat(4_000_000), ms: fc.nat(50), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { intake, gone, pass, enter } = intakeAt();
      const there = new Map<string, PendingBody>();
      for (const { who, bytes, ms, leaves } of steps) {
        pass(ms);
        const body = there.get(`${who}`);
        if (body && leaves) {
          intake.leave(body);
          there.delete(`${who}`);
        } else if (body) intake.grow(body, bytes);
        else there.set(`${who}`, enter(`${who}`, bytes));
        for (const name of gone.splice(0)) there.delete(name);
        expect(intake.bytes).toBeLessThanOrEqual(MAX_PENDING_BYTES);
        expect(intake.bytes).toBe([...there.values()].reduce((sum, each) => sum + each.bytes, 0));
      }
    }),
  );
});
