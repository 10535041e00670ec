/** What commands print: JSON or an aligned table on standard output, everything else on standard error. */
import fs from "node:fs";
import { CommandError, errorCode } from "../errors.ts";
import { shortTime } from "./shorttime.ts";
import { cutShort, formatTable } from "./table.ts";

export interface OutputOptions {
  readonly json?: true | undefined;
}

/** Whoever read our output has gone: nothing is left to do. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

const STDOUT = 1;
const STDERR = 2;

/** Throws {@link OutputClosed}, or `CommandError` when it cannot be written (a full disk). */
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
      const code = errorCode(cause);
      if (code === "EPIPE") throw new OutputClosed("nobody reads the output", { cause });
      if (code !== "EAGAIN")
        throw new CommandError(`the output cannot be written: ${code ?? String(cause)}`, { cause });
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

/** One thing: its JSON, or a line for each of its fields that says something. */
export function printFields(options: OutputOptions, value: object): void {
  if (options.json) return printJson(value);
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, field] of fields) {
    const text =
      Array.isArray(field) && field.every((each) => typeof each === "string") ? field.join(" ") : field;
    print(`${name.padEnd(width)}  ${escaped(typeof text === "string" ? text : JSON.stringify(text))}`);
  }
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
  const { stdout } = process;
  const last = columns.at(-1);
  const shown = columns.map((column) => ({
    head: column.toUpperCase(),
    cells: rows.map((row) =>
      stdout.isTTY ? shortCell(column, row[column]) : cell(row[column], column === last ? null : WIDEST_CELL),
    ),
    isProse: PROSE.has(column),
  }));
  // A terminal that does not know its width says 0.
  print(formatTable(shown, (stdout.isTTY && stdout.columns) || null));
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

/** Columns of what people wrote. */
const PROSE: ReadonlySet<string> = new Set(["name", "label", "subject", "body"]);
/** Columns of times. */
const TIME = /^(at|since)$|_at$/;
/** In columns of a terminal. In a pipe the last cell of a line is whole: nothing comes after it. */
const WIDEST_CELL = 80;
/** Of a message's id: enough to find it by, and short enough to leave room for its text. */
const SHORT_ID = 12;

/** For people: times are this machine's, and an id is its beginning, which commands take. */
function shortCell(column: string, value: unknown): string {
  if (typeof value === "string" && TIME.test(column)) return shortTime(Date.parse(value), new Date());
  if (typeof value === "string" && column === "message_id") return value.slice(0, SHORT_ID);
  return cell(value, WIDEST_CELL);
}

function cell(value: unknown, width: number | null): string {
  if (value === null || value === undefined) return "-";
  const text = escaped(Array.isArray(value) ? value.join(" ") : String(value));
  return width === null ? text : cutShort(text, width);
}
