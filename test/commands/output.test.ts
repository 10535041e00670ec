/** What commands print: JSON alone on standard output, or text in which no message controls the terminal. */
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import fc from "fast-check";
import { escaped, isoTime, note, printJson, printList, printOne } from "../../src/commands/output.ts";
import { shortTime } from "../../src/commands/shorttime.ts";

let stdout = "";
let stderr = "";
let restore: (() => void)[] = [];

beforeEach(() => {
  [stdout, stderr] = ["", ""];
  const spy = spyOn(fs, "writeSync").mockImplementation(((fd: number, bytes: Uint8Array, from: number) => {
    const text = Buffer.from(bytes.subarray(from)).toString();
    if (fd === 1) stdout += text;
    else stderr += text;
    return bytes.length - from;
  }) as typeof fs.writeSync);
  restore = [() => spy.mockRestore()];
});
afterEach(() => {
  for (const undo of restore) undo();
});

/** C0, DEL and C1, the separators of lines and paragraphs, and what turns the direction of writing round. */
const CONTROLS = [[0, 0x1f], [0x7f, 0x9f], [0x2028, 0x2029], [0x202a, 0x202e], [0x2066, 0x2069], [0x61c, 0x61c], [0x200e, 0x200f]] as const; // biome-ignore format: a table

function controls(text: string): string[] {
  return text.split("").filter((unit) => {
    const code = unit.charCodeAt(0);
    return CONTROLS.some(([first, last]) => code >= first && code <= last);
  });
}

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\u001B[31m",
      "\u009B2J",
      "\u001B]0;title\u0007",
      "\r",
      "\n",
      "\b",
      "\u202E",
      "\u2066",
      "\u2028",
    ),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  ),
});

test("no control character survives, and nothing else is altered", () => {
  fc.assert(
    fc.property(text, (text) => {
      const result = escaped(text);
      expect(controls(result)).toEqual([]);
      if (controls(text).length === 0) expect(result).toBe(text);
      expect(escaped(result)).toBe(result);
    }),
    { numRuns: 500 },
  );
});

test("each of them is shown as what it is", () => {
  expect(escaped("a\nb\tc\rd")).toBe("a\\nb\\tc\\u000dd");
  expect(escaped("\u001B[2J\u0007\u007F\u0085\u009B")).toBe("\\u001b[2J\\u0007\\u007f\\u0085\\u009b");
  expect(escaped("\u202Eabc\u202C\u2067\u2028")).toBe("\\u202eabc\\u202c\\u2067\\u2028");
  for (const [first, last] of CONTROLS)
    for (let code = first; code <= last; code++)
      expect(controls(escaped(String.fromCharCode(code)))).toEqual([]);
  for (let code = 0; code < 0x20; code++)
    expect(escaped(String.fromCharCode(code))).toMatch(/^\\(n|t|u00[01][0-9a-f])$/);
});

test("letters of all scripts, emoji and their joiners stay as they are", () => {
  for (const text of ["Grüße", "שלום", "مرحبا", "こんにちは", "👩‍🚀", "e\u0301", "", " "])
    expect(escaped(text)).toBe(text);
});

const rows = [
  { id: 1, name: "Ann", body: "Hello!", cc: ["+1", "+2"] },
  { id: 22, name: null, body: "two\nlines \u001B[31mred", cc: [] },
];

test("a list is a table whose columns line up, one line for each row", () => {
  printList({}, rows, ["id", "name", "body", "cc"], "there are none");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toEqual([
    "ID  NAME  BODY                      CC",
    "1   Ann   Hello!                    +1 +2",
    "22  -     two\\nlines \\u001b[31mred",
  ]);
  expect(stderr).toBe("");
});

test("whatever its cells hold, a table is a line for its head and one for each row", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name: text, body: text }), { minLength: 1, maxLength: 5 }), (rows) => {
      stdout = "";
      printList({}, rows, ["name", "body"], "there are none");
      expect(stdout).toEndWith("\n");
      const lines = stdout.slice(0, -1).split("\n");
      expect(lines).toHaveLength(rows.length + 1);
      for (const line of lines) expect(controls(line)).toEqual([]);
    }),
  );
});

test("a cell is at most eighty columns wide, but for the last of a line, which is whole in a pipe", () => {
  const bodies = ["a".repeat(81), "b".repeat(80), `${"c".repeat(78)}\u{1F600}c`];
  printList({}, bodies.map((body) => ({ body, id: body })), ["body", "id"], ""); // biome-ignore format: one step
  expect(stdout.trimEnd().split("\n").slice(1)).toEqual([
    `${"a".repeat(79)}…  ${bodies[0]}`,
    `${"b".repeat(80)}  ${bodies[1]}`,
    `${"c".repeat(78)}…   ${bodies[2]}`,
  ]);
});

test("on a terminal a list fits: times are short and local, ids their beginning, bodies are cut", () => {
  const message = {
    ...{
      message_id: `msg_${"0123456789".repeat(3)}`,
      account_id: 1,
      from: "+14155551234",
      to: "+14155559999",
    },
    ...{ received_at: "2020-05-22T12:30:00.000Z", body: "word ".repeat(40) },
  };
  const { isTTY, columns } = process.stdout;
  Object.assign(process.stdout, { isTTY: true, columns: 80 });
  try {
    const shown = ["message_id", "account_id", "from", "to", "received_at", "body"] as const;
    printList({}, [message], shown, "");
  } finally {
    Object.assign(process.stdout, { isTTY, columns });
  }
  const [head = "", line = ""] = stdout.trimEnd().split("\n");
  for (const each of [head, line]) expect(Bun.stringWidth(each)).toBeLessThanOrEqual(80);
  expect(line).toMatch(/^msg_01234567 {2}1 +\+14155551234 {2}\+14155559999 {2}22 May 2020 {2}word w/);
});

test("a short time tells the clock of today, the day of this year, the year of another", () => {
  const now = new Date(2026, 4, 22, 18, 0);
  expect([
    shortTime(new Date(2026, 4, 22, 7, 5, 9).getTime(), now),
    shortTime(new Date(2026, 0, 2, 7, 5).getTime(), now),
    shortTime(new Date(2025, 11, 31, 23, 59).getTime(), now),
  ]).toEqual(["07:05:09", "2 Jan 07:05", "31 Dec 2025"]);
});

test("an empty list is a sentence on standard error", () => {
  printList({}, [], ["id"], "there are none");
  expect([stdout, stderr]).toEqual(["", "there are none\n"]);
});

test("with --json standard output is JSON only, empty lists too", () => {
  printList({ json: true }, rows, ["id"], "there are none");
  expect(JSON.parse(stdout)).toEqual(rows);
  stdout = "";
  printList({ json: true }, [], ["id"], "there are none");
  printOne({ json: true }, { id: 1 }, "made 1");
  printJson(null);
  expect([stdout, stderr]).toEqual(['[]\n{"id":1}\nnull\n', ""]);
});

test("without it one thing is a sentence, and notes go to standard error", () => {
  printOne({}, { id: 1 }, "made 1");
  note("by the way");
  expect([stdout, stderr]).toEqual(["made 1\n", "by the way\n"]);
});

test("times are ISO 8601, and none is null", () => {
  expect(isoTime(Date.parse("2026-05-22T18:30:00.250Z"))).toBe("2026-05-22T18:30:00.250Z");
  expect([isoTime(0), isoTime(null)]).toEqual(["1970-01-01T00:00:00.000Z", null]);
});
