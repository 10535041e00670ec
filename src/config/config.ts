/** The environment → {@link Config}, all faults at once. The only reader of process.env. */
import type { DatabaseConfig } from "../database/url.ts";
import { UsageError } from "../errors.ts";
import { readDatabase } from "./database.ts";
import { fillFromFile } from "./envfile.ts";
import { type MediaConfig, readKeepsPictures, readMedia } from "./media.ts";
import { type NatsConfig, readNats } from "./nats.ts";
import {
  type NetworkConfig,
  readHost,
  readNetwork,
  readPort,
  readPublicUrl,
  urlOfServer,
} from "./network.ts";
import { throughProxyOf, withDirectLoopback } from "./proxy.ts";
import { type Environment, type Form, Reader } from "./reader.ts";
import { supervisorOf } from "./supervisor.ts";
import {
  type RecoveryConfig,
  readPublicKeys,
  readRecovery,
  readTelnyxApi,
  type TelnyxApiConfig,
} from "./telnyx.ts";
import { VARIABLES, type Variable } from "./variables.ts";
import { readWatched, type WatchedConfig } from "./watched.ts";

export interface Config extends NetworkConfig, RecoveryConfig, WatchedConfig {
  readonly database: DatabaseConfig;
  /** Null where processes only look. */
  readonly nats: NatsConfig | null;
  /** Base64 of 32 raw bytes each. */
  readonly telnyxPublicKeys: readonly string[];
  readonly heartbeatMs: number;
  readonly maxStreamMs: number;
  readonly maxStreamsPerKey: number;
  readonly maxStreams: number;
  /** 0 keeps for ever. */
  readonly retentionMs: number;
  readonly shutdownMs: number;
  readonly media: MediaConfig;
  /** What is set and not used, one line each. */
  readonly warnings: readonly string[];
}

const DAY_MS = 86_400_000;

/** Everything `serve` needs. Throws {@link UsageError} with one line for each fault. */
export function readConfig(env: Environment = process.env): Config {
  const read = new Reader(env);
  const config = readAll(read, env);
  read.finish();
  return { ...config, warnings: read.warnings };
}

/** For `demo`, which no variable stops: what is wrong is left out, and warned about. */
export function readForgivingConfig(env: Environment = process.env): Config {
  const read = new Reader(env);
  const config = readAll(read, env);
  read.forgive();
  return { ...config, warnings: read.warnings };
}

export interface JudgedConfig {
  /** What is wrong is left out of it. */
  readonly config: Config;
  /** For which `serve` would not start: each begins with its variable. */
  readonly faults: readonly string[];
}

/** For `doctor`, to which what is wrong is a finding. */
export function judgeConfig(env: Environment = process.env): JudgedConfig {
  const read = new Reader(env);
  const config = readAll(read, env);
  return { config: { ...config, warnings: read.warnings }, faults: read.faultLines };
}

function readAll(read: Reader, env: Environment): Omit<Config, "warnings"> {
  const database = readDatabase(read, env);
  return {
    database,
    nats: readNats(read),
    telnyxPublicKeys: readPublicKeys(read),
    ...readNetwork(read),
    ...readRecovery(read, env),
    // The runtime cuts a connection that is quiet for 255 s at most; two heartbeats must fit.
    heartbeatMs: read.seconds("STREAM_HEARTBEAT_SECONDS", 30, 0.05, 120),
    maxStreamMs: read.seconds("STREAM_MAX_SECONDS", 300, 0.1, 86_400),
    maxStreamsPerKey: read.integer("MAX_STREAMS_PER_KEY", 100, 1, 1_000_000),
    maxStreams: read.integer("MAX_STREAMS", 10_000, 1, 1_000_000),
    retentionMs: readRetention(read),
    media: readMedia(read, database.url),
    shutdownMs: read.seconds("SHUTDOWN_SECONDS", 10, 0, 3_600),
    ...readWatched(read, process.stdout.isTTY),
  };
}

/** What a command that only works on the database needs: a fault of `PORT` is none of its business. */
export function readDatabaseConfig(env: Environment = process.env): DatabaseConfig {
  const read = new Reader(env);
  const database = readDatabase(read, env);
  read.finish();
  return database;
}

/** By which a command wakes those who serve, if there is one; no fault of it stops a command. */
export function readNatsConfig(env: Environment = process.env): NatsConfig | null {
  return readNats(new Reader(env));
}

export interface TelnyxConfig extends Pick<Config, "publicUrl" | "retentionMs"> {
  readonly telnyxApi: TelnyxApiConfig;
}

/** What a command needs that asks Telnyx. Throws {@link UsageError}, also when there is no key. */
export function readTelnyxConfig(env: Environment = process.env): TelnyxConfig {
  const read = new Reader(env);
  const config = { publicUrl: readPublicUrl(read), retentionMs: readRetention(read) };
  const telnyxApi = readTelnyxApi(read, env);
  read.finish();
  if (telnyxApi) return { ...config, telnyxApi };
  throw new UsageError(
    "TELNYX_API_KEY is not set; the Telnyx portal makes one under Keys & Credentials → API Keys",
  );
}

/** How a command shows messages, and whether pictures are kept. */
export function readPictureView() {
  const read = new Reader(process.env);
  return { keeps: readKeepsPictures(read), publicUrl: readPublicUrl(read) };
}

/** Milliseconds. */
function readRetention(read: Reader): number {
  return read.number("RETENTION_DAYS", 30, 0, 36_500) * DAY_MS;
}

/** The environment of a program that is not ours: without our variables, some of which are secrets. */
export function foreignEnvironment(env: Environment = process.env): Environment {
  const read = new Reader({});
  readAll(read, {});
  const isOurs = (name: string) => read.names.has(name) || /^(INLET|TELNYX|NATS)_/.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}

export type DescribedVariable = Variable & Partial<Form> & { readonly name: string };

/** What there is to set, in the manual's order, with the default and the bounds that reading it goes by. */
export function describeVariables(): readonly DescribedVariable[] {
  const read = new Reader({});
  readAll(read, {});
  return Object.entries(VARIABLES).map(([name, variable]) => ({
    name,
    ...read.forms.get(name),
    ...variable,
  }));
}

/** Who called `sudo`, where that is how this process began. */
export const readSudoUser = (env: Environment = process.env) => env.SUDO_USER?.trim() || null;

/** The API key of `inlet tail`, where it is not on the command line. */
export const readKey = (env: Environment = process.env) => new Reader(env).text("INLET_KEY");

/** Keeps requests to this machine away from the proxy of HTTP_PROXY and its like. */
export const reachLoopbackDirectly = () => void Object.assign(process.env, withDirectLoopback(process.env));

/** ` through the proxy …`, for a sentence about requests to this address; nothing when they go directly. */
export function throughProxy(url: string, env: Environment = process.env): string {
  return throughProxyOf(url, env);
}

/** Where `inlet simulate` finds the server that these variables describe. */
export function readServerUrl(env: Environment = process.env): string {
  const read = new Reader(env);
  const host = readHost(read);
  read.forgive(); // other programs set it, too
  const port = readPort(read);
  const scheme = read.text("TLS_CERT") ? "https" : "http";
  read.finish();
  return urlOfServer(scheme, host, port);
}

/** How systemd is told of this process; null where it is not to be told. */
export const readSupervisor = (env: Environment = process.env) => supervisorOf(env, process.pid);

/** What a child of our own gets: the variables of this one, with those of `--env-file`. */
export const inheritedEnvironment = (): Record<string, string | undefined> => process.env;

/** What an option of the command line says: it wins over the variable. */
export const setVariables = (values: Environment) => void Object.assign(process.env, values);

/** Adds the variables of a file to the process's own, which win. Returns warnings. Throws {@link UsageError}. */
export const loadEnvFile = (path: string) => fillFromFile(path, process.env);
