/** The environment → {@link Config}, all faults at once. The only reader of process.env. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { DatabaseConfig } from "./database/connection.ts";
import { databaseUrlFault } from "./database/url.ts";
import { UsageError } from "./errors.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogConfig } from "./log.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly database: DatabaseConfig;
  /** Base64 of 32 raw bytes each. */
  readonly telnyxPublicKeys: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly heartbeatMs: number;
  readonly maxStreamMs: number;
  readonly maxStreamsPerKey: number;
  readonly maxStreams: number;
  /** 0 keeps for ever. */
  readonly retentionMs: number;
  readonly shutdownMs: number;
  readonly log: LogConfig;
}

/** Named in the contract, and not in this version: refused rather than ignored. */
const LATER = [
  "TELNYX_API_KEY", "TELNYX_BASE_URL", "NATS_URL", "TLS_CERT", "TLS_KEY", "PUBLIC_URL", "BACKFILL_MINUTES",
  "CORS_ORIGINS", "TRUST_PROXY", "METRICS_TOKEN",
]; // biome-ignore format: a list

const DAY_MS = 86_400_000;

/** Everything `serve` needs. Throws {@link UsageError} with one line for each fault. */
export function readConfig(env: Environment = process.env): Config {
  const read = new Reader(env);
  for (const name of LATER)
    if (read.text(name)) read.fault(name, "is not in this version of Inlet: unset it");
  const config: Config = {
    database: readDatabase(read),
    telnyxPublicKeys: readPublicKeys(read),
    host: readHost(read),
    port: read.integer("PORT", 3000, 0, 65_535),
    // The runtime cuts a connection that is quiet for 255 s at most; two heartbeats must fit.
    heartbeatMs: read.seconds("STREAM_HEARTBEAT_SECONDS", 30, 0.05, 120),
    maxStreamMs: read.seconds("STREAM_MAX_SECONDS", 300, 0.1, 86_400),
    maxStreamsPerKey: read.integer("MAX_STREAMS_PER_KEY", 100, 1, 1_000_000),
    maxStreams: read.integer("MAX_STREAMS", 10_000, 1, 1_000_000),
    retentionMs: read.number("RETENTION_DAYS", 30, 0, 36_500) * DAY_MS,
    shutdownMs: read.seconds("SHUTDOWN_SECONDS", 10, 0, 3_600),
    log: readLog(read),
  };
  read.finish();
  return config;
}

/** What a command that only works on the database needs: a fault of `PORT` is none of its business. */
export function readDatabaseConfig(env: Environment = process.env): DatabaseConfig {
  const read = new Reader(env);
  const database = readDatabase(read);
  read.finish();
  return database;
}

/** Where `inlet simulate` finds the server that these variables describe. */
export function readServerUrl(env: Environment = process.env): string {
  const read = new Reader(env);
  const host = readHost(read);
  const port = read.integer("PORT", 3000, 0, 65_535);
  read.finish();
  return reachableUrl(host, port);
}

/** Where a server that listens on `host` can be reached from this machine. */
export function reachableUrl(host: string, port: number | string): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

function readHost(read: Reader): string {
  const host = read.text("HOST") ?? "127.0.0.1";
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) {
    read.fault(
      "HOST",
      `holds ${JSON.stringify(host)}; it may be an address or a name of this machine, such as 127.0.0.1`,
    );
  }
  return host;
}

/** What a child process gets: the variables of this one, with those of `--env-file`. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return process.env;
}

/** Adds the variables of a file to the process's own, which win. Throws {@link UsageError}. */
export function loadEnvFile(path: string): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `--env-file ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (text.includes("\0")) throw new UsageError(`--env-file ${path} is not a text of NAME=value lines`);
  // An empty variable counts as absent, here as everywhere.
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (!process.env[name]?.trim()) process.env[name] = value;
  }
}

function readDatabase(read: Reader): DatabaseConfig {
  const url = read.text("DATABASE_URL") ?? "file:inlet.db";
  const fault = databaseUrlFault(url);
  if (fault) {
    // Only a file's path is shown: anything else may carry a password.
    const shown =
      url.startsWith("file:") && !/[@?]/.test(url) ? `holds ${JSON.stringify(url)}, which` : "holds what";
    read.fault("DATABASE_URL", `${shown} is not a libSQL URL that Inlet can use: ${fault}`);
  }
  return { url, authToken: read.text("DATABASE_AUTH_TOKEN") };
}

function readPublicKeys(read: Reader): string[] {
  const keys = (read.text("TELNYX_PUBLIC_KEY") ?? "")
    .split(",")
    .map((key) => key.trim())
    .filter(Boolean);
  for (const key of keys) {
    const bytes = new Set(Buffer.from(key, "base64"));
    // Bytes made up by hand, such as all zeros, are a point of small order, for which signatures can be made up.
    if (!/^[A-Za-z0-9+/]{43}=$/.test(key) || bytes.size < 8) {
      read.fault(
        "TELNYX_PUBLIC_KEY",
        `holds ${JSON.stringify(key)}; each key, comma-separated, is base64 of 32 bytes (44 characters), as the Telnyx portal shows it under Keys & Credentials`,
      );
    }
  }
  return keys;
}

function readLog(read: Reader): LogConfig {
  const level = read.choice("LOG_LEVEL", "info", [...LOG_LEVELS, "warn"] as const);
  return {
    level: level === "warn" ? "warning" : level,
    format: read.choice("LOG_FORMAT", process.stdout.isTTY ? "pretty" : "json", LOG_FORMATS),
  };
}

/** Reads variables one by one and gathers what is wrong with them. An empty one counts as absent. */
class Reader {
  readonly #env: Environment;
  readonly #faults: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string): string | null {
    return this.#env[name]?.trim() || null;
  }

  number(name: string, otherwise: number, least: number, most: number, form = "a number"): number {
    const text = this.text(name);
    if (text === null) return otherwise;
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most && (form !== "a whole number" || Number.isInteger(value)))
      return value;
    this.fault(name, `holds ${JSON.stringify(text)}; it may be ${form} from ${least} to ${most}`);
    return otherwise;
  }

  integer(name: string, otherwise: number, least: number, most: number): number {
    return this.number(name, otherwise, least, most, "a whole number");
  }

  /** Milliseconds. */
  seconds(name: string, otherwise: number, least: number, most: number): number {
    return Math.round(this.number(name, otherwise, least, most, "a number of seconds") * 1000);
  }

  choice<T extends string>(name: string, otherwise: T, choices: readonly T[]): T {
    const text = this.text(name);
    const found = choices.find((choice) => choice === text?.toLowerCase());
    if (text && !found) this.fault(name, `holds ${JSON.stringify(text)}; it may be ${choices.join(", ")}`);
    return found ?? otherwise;
  }

  fault(name: string, what: string): void {
    this.#faults.push(`${name} ${what}`);
  }

  finish(): void {
    if (this.#faults.length > 0) throw new UsageError(this.#faults.join("\n"));
  }
}
