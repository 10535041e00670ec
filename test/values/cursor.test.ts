/** A cursor is read back as it was written, and nothing else is a cursor. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatCursor, parseCursor } from "../../src/values/cursor.ts";

/** As the contract prints it. */
const FORM = /^[a-z0-9]{4,16}-(0|[1-9][0-9]{0,14})$/;

const epoch = fc.stringMatching(/^[a-z0-9]{4,16}$/);
const seq = fc.integer({ min: 0, max: 999_999_999_999_999 });

test("every position is written in the contract's form and read back as it was", () => {
  fc.assert(
    fc.property(epoch, seq, (epoch, seq) => {
      const cursor = formatCursor(epoch, seq);
      expect(cursor).toMatch(FORM);
      expect(parseCursor(cursor)).toEqual({ epoch, seq });
    }),
  );
});

test("the borders of the form are cursors", () => {
  expect(parseCursor("k3f9-0")).toEqual({ epoch: "k3f9", seq: 0 });
  expect(parseCursor("0000-1")).toEqual({ epoch: "0000", seq: 1 });
  expect(parseCursor(`${"z".repeat(16)}-999999999999999`)).toEqual({
    epoch: "z".repeat(16),
    seq: 999_999_999_999_999,
  });
});

test("a string of the wrong form is not a cursor", () => {
  const wrong = [
    "", "-", "k3f9", "k3f9-", "-1", "1041", "k3f-1", `${"z".repeat(17)}-1`, "K3F9-1", "k3f9-01", "k3f9-00",
    "k3f9--1", "k3f9-1000000000000000", "k3f9-1.0", "k3f9-1e3", "k3f9-0x1", "k3f9-+1", "k3f9_1", "k3f9-1 ",
    " k3f9-1", "k3f9-1\n", "\nk3f9-1", "k3f9-1\0", "k3f9-1-2", "k3f9-١", "k3f\u00e9-1", "null", "undefined",
  ]; // biome-ignore format: a list
  for (const text of wrong) expect(parseCursor(text), JSON.stringify(text)).toBeNull();
});

test("any text is a cursor exactly if it has the form, and is then written the same again", () => {
  const nearly = fc.stringMatching(/^[a-zA-Z0-9 ]{3,17}-?[0-9]{0,17}\n?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), (text) => {
      const cursor = parseCursor(text);
      expect(cursor !== null).toBe(FORM.test(text));
      if (cursor) expect(formatCursor(cursor.epoch, cursor.seq)).toBe(text);
    }),
    { numRuns: 1000 },
  );
});
