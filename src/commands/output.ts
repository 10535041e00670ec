/** What commands print: JSON or an aligned table on standard output, everything else on standard error. */
import fs from "node:fs";
import Table from "cli-table3";
import { causeCode, Refusal } from "../errors.ts";

export interface OutputOptions {
  readonly json?: true | undefined;
}

/** Whoever read our output has gone: nothing is left to do. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

const STDOUT = 1;
const STDERR = 2;

/** Throws {@link OutputClosed}, or `Refusal` when it cannot be written (a full disk). */
export function print(text: string): void {
  writeAll(STDOUT, `${text}\n`);
}

/** Throws as {@link print} does. */
export function note(text: string): void {
  writeAll(STDERR, `${text}\n`);
}

/** All of it before anything else happens: `process.exit` would cut what is still on its way into a pipe. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (cause) {
      const code = causeCode(cause);
      if (code === "EPIPE") throw new OutputClosed("nobody reads the output", { cause });
      if (code !== "EAGAIN")
        throw new Refusal(`the output cannot be written: ${code ?? String(cause)}`, { cause });
      Bun.sleepSync(1); // a full pipe
    }
  }
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** One thing: its JSON, or a sentence for people. */
export function printOne(options: OutputOptions, value: object, sentence: string): void {
  if (options.json) printJson(value);
  else print(escaped(sentence));
}

/** A list: a JSON array, or a table of these columns, or a sentence when it is empty. */
export function printList<T extends object>(
  options: OutputOptions,
  rows: readonly T[],
  columns: readonly (keyof T & string)[],
  empty: string,
): void {
  if (options.json) return printJson(rows);
  if (rows.length === 0) return note(empty);
  const none = "";
  const table = new Table({
    head: columns.map((column) => column.toUpperCase()),
    // No frame: columns that line up can be read, and cut with other tools.
    chars: {
      top: none, "top-mid": none, "top-left": none, "top-right": none, bottom: none, "bottom-mid": none,
      "bottom-left": none, "bottom-right": none, left: none, "left-mid": none, mid: none, "mid-mid": none,
      right: none, "right-mid": none, middle: "  ",
    }, // biome-ignore format: the frame's parts
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) table.push(columns.map((column) => cell(row[column])));
  print(table.toString().replaceAll(/ +$/gm, ""));
}

/** Milliseconds since 1970 as ISO 8601, or null. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/**
 * A text from outside with its control characters made visible: a message must not move the cursor, change the
 * colours or write the title of whoever reads it (U+0000 to U+001F, U+007F to U+009F, and the bidirectional ones).
 */
export function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const WIDEST_CELL = 80;

function cell(value: unknown): string {
  if (value === null || value === undefined) return "-";
  const text = escaped(Array.isArray(value) ? value.join(" ") : String(value));
  return text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1).toWellFormed()}…` : text;
}
