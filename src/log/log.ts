/**
 * The log: JSON lines, or text on a terminal. What goes in is chosen field by field; message bodies, full
 * numbers, keys and signatures never do (`masked` of message.ts shortens a number).
 */
import {
  ansiColorFormatter,
  configureSync,
  getLogger,
  jsonLinesFormatter,
  type LogRecord,
} from "@logtape/logtape";
import { errorCode } from "../errors.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export const LOG_FORMATS = ["json", "pretty"] as const;

export interface LogConfig {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

export const log = getLogger(["inlet"]);

/** Whether debug lines are wanted: what is said of every message costs as much as the message. */
export function isDebug(): boolean {
  return debugging;
}

let debugging = false;

/** Once, by the command that serves; until then nothing is logged. Lines go to `write`. */
export function startLog(config: LogConfig, write: (line: string) => void): void {
  debugging = config.level === "debug" || config.level === "trace";
  const format = config.format === "json" ? jsonLinesFormatter : pretty;
  configureSync({
    reset: true,
    sinks: { lines: (record: LogRecord) => write(format(record)) },
    loggers: [
      { category: ["inlet"], lowestLevel: config.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  });
}

/** A line for people: what happened, and behind it what is known of it. */
function pretty(record: LogRecord): string {
  const known = Object.entries(record.properties).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${ansiColorFormatter(record).trimEnd()}${known.join("")}\n`;
}

/**
 * What a log may say of an error: its name, its code and where, and not its message when it comes from the
 * database, whose messages quote the values that were bound (bodies of texts among them).
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = errorCode(error);
  return {
    error: error.name,
    ...(code ? { code } : {}),
    ...(quotesValues(error) ? {} : { reason: error.message.slice(0, 500) }),
    at: frames(error),
  };
}

const DATABASE_ERROR = /^(Libsql|Sqlite|Drizzle|Hrana)/;

/** Whether it, or what caused it, came from the database. Not all of those carry a name of their own. */
function quotesValues(error: Error): boolean {
  if (/^SQL/.test(errorCode(error) ?? "")) return true;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (DATABASE_ERROR.test(at.name) || DATABASE_ERROR.test(at.constructor.name)) return true;
    if ("query" in at && "params" in at) return true;
  }
  return false;
}

/** The innermost four, without the message, whose lines may look like frames. */
function frames({ stack = "", message }: Error): string[] {
  const end = message === "" ? -1 : stack.lastIndexOf(message);
  const lines = stack.slice(end < 0 ? 0 : end + message.length).split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, 4);
}
