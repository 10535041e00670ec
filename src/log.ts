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
import { causeCode } from "./errors.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export const LOG_FORMATS = ["json", "pretty"] as const;

export interface LogConfig {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

export const log = getLogger(["inlet"]);

/** Whether debug lines are wanted: what is said of every message costs as much as the message. */
export function debugs(): boolean {
  return debugging;
}

let debugging = false;

/** Once, by the command that serves; until then nothing is logged. Lines go to `write`. */
export function startLog(config: LogConfig, write: (line: string) => void): void {
  debugging = config.level === "debug" || config.level === "trace";
  const format = config.format === "json" ? jsonLinesFormatter : ansiColorFormatter;
  configureSync({
    reset: true,
    sinks: { lines: (record: LogRecord) => write(format(record)) },
    loggers: [
      { category: ["inlet"], lowestLevel: config.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  });
}

/**
 * What a log may say of an error: its name, its code and where, and not its message when it comes from the
 * database, whose messages quote the values that were bound (bodies of texts among them).
 */
export function shownError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = causeCode(error);
  const quotesValues =
    error.name === "DrizzleQueryError" || error.name === "LibsqlError" || code?.startsWith("SQL");
  const frames = error.stack
    ?.split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4);
  return {
    error: error.name,
    ...(code ? { code } : {}),
    ...(quotesValues ? {} : { reason: error.message.slice(0, 500) }),
    ...(frames?.length ? { at: frames.map((line) => line.trim()) } : {}),
  };
}
