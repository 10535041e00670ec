/** Tables in which columns line up, on a terminal and off it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { cutShort, formatTable } from "../../src/commands/table.ts";

const column = (head: string, cells: readonly string[], isProse = false) => ({ head, cells, isProse });

test("letters that take two columns line up with those that take one, and those that take none", () => {
  expect(
    formatTable([column("A", ["東京", "e\u0301", "👩‍🚀", "abc"]), column("B", ["1", "2", "3", "4"])], null),
  ).toBe(["A     B", "東京  1", "e\u0301     2", "👩‍🚀    3", "abc   4"].join("\n"));
});

test("what is cut short is no wider than it may be, and ends after a letter with all its marks", () => {
  expect([cutShort("abc", 3), cutShort("abcd", 3), cutShort(" ⺀  ⺀ ⺀ ", 10)]).toEqual([
    "abc",
    "ab…",
    " ⺀  ⺀ …",
  ]);
  expect(cutShort("ae\u0301👩‍🚀b", 4)).toBe("ae\u0301…");
  expect(cutShort(`a${"\u0301".repeat(100_000)}`, 4).length).toBeLessThan(1_002);
});

test("prose is cut short before ids are, and what is narrow stays whole", () => {
  const columns = [
    column("ID", ["msg_0123456789"]),
    column("TO", ["72345"]),
    column("BODY", ["x".repeat(60)], true),
  ];
  expect(formatTable(columns, 50).split("\n")[1]).toBe(`msg_0123456789  72345  ${"x".repeat(26)}…`);
  expect(formatTable(columns, 30).split("\n")[1]).toBe("msg_01234567…  72345  xxxxxxx…");
});

test("whatever the cells, a table is a line for its head and one for each row, and fits where it can", () => {
  const text = fc
    .string({ unit: "grapheme", maxLength: 40 })
    .map((text) => text.replace(/\p{C}|\p{Z}/gu, " "));
  const columns = fc.integer({ min: 1, max: 5 }).chain((rows) =>
    fc.array(
      fc.record({
        head: text,
        cells: fc.array(text, { minLength: rows, maxLength: rows }),
        isProse: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  );
  fc.assert(
    fc.property(columns, fc.integer({ min: 38, max: 100 }), (columns, width) => {
      const lines = formatTable(columns, width).split("\n");
      expect(lines).toHaveLength((columns[0]?.cells.length ?? 0) + 1);
      for (const line of lines) expect(Bun.stringWidth(line), line).toBeLessThanOrEqual(width);
    }),
  );
});
