/** Readers by the accounts that they see: what is found is what a look at every one of them would find. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { AccountGroups } from "../../src/stream/groups.ts";

test("whoever came and has not gone is found under each of its accounts, once, and nobody else is", () => {
  const accounts = fc.uniqueArray(fc.nat(5)).map((list) => list.sort((a, b) => a - b));
  const step = fc.record({ comes: fc.boolean(), member: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(accounts, { minLength: 6, maxLength: 6 }), fc.array(step), (lists, steps) => {
      const groups = new AccountGroups<number>();
      const present = new Set<number>();
      for (const { comes, member } of steps) {
        // Another list with the same accounts is the same group's.
        const list = [...(lists[member] ?? [])];
        if (comes) groups.add(list, member);
        else groups.delete(list, member);
        if (comes) present.add(member);
        else present.delete(member);
        for (let account = 0; account <= 5; account++) {
          const expected = [...present].filter((each) => lists[each]?.includes(account)).sort();
          expect([...groups.of(account)].sort()).toEqual(expected);
        }
      }
    }),
  );
});

/** How long it takes, in ms: the best of some. */
function fastest(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

test("who comes and goes beside others of its group costs the same however many accounts they see", () => {
  const groups = new AccountGroups<number>();
  const comeAndGo = (accounts: readonly number[]) => () => {
    for (let member = 1; member <= 500; member++) groups.add(accounts, member);
    for (let member = 1; member <= 500; member++) groups.delete(accounts, member);
  };
  const [few, many] = [[7], Array.from({ length: 5_000 }, (_, i) => 10 + i)];
  for (const accounts of [few, many]) groups.add(accounts, 0);
  // Entry by entry it is some thousand times as long.
  expect(fastest(comeAndGo(many))).toBeLessThan(50 * Math.max(1, fastest(comeAndGo(few))));
});
