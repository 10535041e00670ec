/** What is told to those who watch the process: its log, its metrics, its traces. */
import { LOG_FORMATS, LOG_LEVELS, type LogConfig } from "../log/log.ts";
import type { Reader } from "./reader.ts";
import { readTraces, type TracesConfig } from "./traces.ts";

export interface WatchedConfig {
  readonly log: LogConfig;
  /** Null: nobody may read the metrics. */
  readonly metricsToken: string | null;
  /** Null: nobody wants traces. */
  readonly traces: TracesConfig | null;
}

export function readWatched(read: Reader, isTerminal: boolean): WatchedConfig {
  return { log: readLog(read, isTerminal), metricsToken: readMetricsToken(read), traces: readTraces(read) };
}

function readLog(read: Reader, isTerminal: boolean): LogConfig {
  const level = read.choice("LOG_LEVEL", "info", [...LOG_LEVELS, "warn"] as const);
  return {
    level: level === "warn" ? "warning" : level,
    format: read.choice("LOG_FORMAT", isTerminal ? "pretty" : "json", LOG_FORMATS),
  };
}

function readMetricsToken(read: Reader): string | null {
  const token = read.text("METRICS_TOKEN");
  if (token === null || /^[\x21-\x7e]{1,512}$/.test(token)) return token;
  read.fault(
    "METRICS_TOKEN",
    "holds what no header can carry; it may be 1 to 512 printable ASCII characters without blanks, such as openssl rand -hex 32 prints",
  );
  return null;
}
