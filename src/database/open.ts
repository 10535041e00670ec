/** An open, migrated database: how to read it, how to write it, and drizzle to phrase both. */
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import { Connection } from "./connection.ts";
import { DatabaseAway, unusable } from "./diagnosis.ts";
import { Checkpointer } from "./file/checkpointer.ts";
import { countClosed, countOpen, createDatabaseFile, inspect, localPath } from "./file/create.ts";
import type { FileLock } from "./file/filelock.ts";
import { closeLast } from "./file/lastclose.ts";
import { DatabaseHealth } from "./health.ts";
import { type Installation, readInstallation } from "./installation.ts";
import { migrate } from "./migrate.ts";
import { ReadQueue } from "./readqueue.ts";
import { type Read, type Statement, type Value, valuesOf, type Write } from "./result.ts";
import { PATIENT, SERVING } from "./roles.ts";
import { type DatabaseStats, readSizes } from "./stats.ts";
import { DatabaseThread } from "./thread.ts";
import { absoluteUrl, type DatabaseConfig, databasePath } from "./url.ts";

/** For reads on behalf of others that may take milliseconds: in the service they delay nobody but each other. */
export interface ReadLines {
  /** What an index finds in the order in which it is asked for: a millisecond or two. */
  readonly listing: ReadQueue;
  /** What the full-text index finds: up to a quarter of a second, so that one account has one at a time. */
  readonly searching: ReadQueue;
}

export interface Database {
  readonly read: Read;
  /** For reads of the service's own that may take milliseconds: they go before all that stand in the lines. */
  readonly readInBackground: Read;
  readonly lines: ReadLines;
  readonly write: Write;
  /** Phrases queries, and runs those that read. What writes goes through {@link statement} and `write`. */
  readonly orm: SqliteRemoteDatabase;
  readonly installation: () => Promise<Installation>;
  /** True when this call made the file. */
  readonly created: boolean;
  /** How many migrations this call applied. */
  readonly migrated: number;
  readonly close: () => Promise<void>;
}

export interface ServingDatabase extends Database {
  readonly health: DatabaseHealth;
  readonly stats: () => DatabaseStats;
}

/**
 * For a command: one connection that waits its turn. Makes and migrates a missing database. Throws {@link CommandError}
 * when it `mustExist` and does not.
 */
export async function openDatabase(config: DatabaseConfig, mustExist = false): Promise<Database> {
  const { connection, created, migrated } = await openMigrated(config, mustExist);
  const { read, write } = connection;
  const line = new ReadQueue(read, 1);
  return database(connection, { listing: line, searching: line }, write, created, migrated, () =>
    leave(config.url, connection, null),
  );
}

/** A thread that lists is handed the next statement while it is at one: this thread may be busy when that is done. */
const LISTINGS_AT_ONCE = 2;
/** Hands each statement to the first thread that has none: the second starts when two accounts search at once. */
function idleOf(threads: readonly DatabaseThread[]): Read {
  const busy = new Set<DatabaseThread>();
  return async (statement) => {
    const thread = threads.find((each) => !busy.has(each));
    if (!thread) throw new Error("more statements than threads");
    busy.add(thread);
    try {
      return await thread.read(statement);
    } finally {
      busy.delete(thread);
    }
  };
}

/** Statements of one line on their way to a server. */
const REMOTE_AT_ONCE = 8;

/**
 * For the service: short reads on this thread, writes and long reads on threads of their own. Throws {@link CommandError} when it
 * `mustExist` and does not.
 */
export async function openServingDatabase(
  asked: DatabaseConfig,
  mustExist = false,
): Promise<ServingDatabase> {
  const given = { ...asked, url: absoluteUrl(asked.url) };
  // The one that opened it goes on to read: closed, it would have the file open until it is collected, and a service
  // that stops would not find itself alone.
  const { connection: reader, created, migrated } = await openMigrated(given, mustExist);
  await reader.use(SERVING);
  const config = { ...given, file: reader.files?.main };
  const writer = new DatabaseThread(config, "writing");
  const isLocal = databasePath(config.url) !== null;
  const health = new DatabaseHealth(writer.write, () => reader.files, !isLocal);
  // A remote database works on its own machine: nothing waits here.
  const remote = new Connection(config, PATIENT);
  const noteError = (error: unknown) => health.note(error);
  const listing = new DatabaseThread(config, "listing", noteError);
  const searching = [0, 1].map(() => new DatabaseThread(config, "searching", noteError));
  const lines = isLocal
    ? {
        listing: new ReadQueue(listing.read, LISTINGS_AT_ONCE),
        searching: new ReadQueue(idleOf(searching), searching.length, 1),
      }
    : {
        listing: new ReadQueue(remote.read, REMOTE_AT_ONCE),
        searching: new ReadQueue(remote.read, REMOTE_AT_ONCE, 1),
      };
  const path = localPath(config.url);
  const checkpointer = path === null ? null : new Checkpointer(path, writer.checkpoint, noteError);
  checkpointer?.start();
  const opened = database(reader, lines, health.write, created, migrated, async () => {
    health.stop();
    const lock = (await checkpointer?.stop()) ?? null;
    await Promise.all([writer.close(), listing.close(), ...searching.map((thread) => thread.close())]);
    // A new process, which reads what is on disk, is to begin with it as it is.
    await remote.close();
    if (health.hasFailed) await reader.close();
    else await leave(config.url, reader, lock);
  });
  const threads = [writer, listing, ...searching];
  const stats = () => ({
    checkpoints: checkpointer?.stats ?? null,
    retries: threads.reduce((sum, { retries }) => sum + retries, reader.retries),
    sizes: path === null ? null : readSizes(path),
  });
  return { ...opened, health, stats };
}

/** Whether the server of a remote database answers. Throws {@link CommandError} for what does not heal by itself. */
export async function databaseAnswers(config: DatabaseConfig): Promise<boolean> {
  const connection = new Connection(config, SERVING);
  try {
    await connection.read("SELECT 1");
    return true;
  } catch (error) {
    const fault = unusable(config, error);
    if (fault instanceof DatabaseAway) return false;
    throw fault;
  } finally {
    await connection.close();
  }
}

/** A phrased insert, update or delete as a statement for `write`. */
export function statement(query: { toSQL(): { sql: string; params: unknown[] } }): Statement {
  const { sql, params } = query.toSQL();
  return { sql, args: params as (string | number | null)[] };
}

async function openMigrated(config: DatabaseConfig, mustExist = false) {
  const isToSeal = inspect(config.url);
  const created = createDatabaseFile(config.url, mustExist);
  const connection = new Connection(config, PATIENT);
  countOpen(config.url);
  try {
    if (isToSeal) await connection.seal();
    return { connection, created, migrated: await migrate(connection) };
  } catch (error) {
    await leave(config.url, connection, null);
    throw unusable(config, error);
  }
}

/** Closes this process's last connection, and what only the last one in all may leave behind. */
async function leave(url: string, connection: Connection, lock: FileLock | null): Promise<void> {
  const path = localPath(url);
  if (path === null) await connection.close();
  else await closeLast(connection, path, lock);
  countClosed(url);
}

function database(
  reader: Connection,
  lines: ReadLines,
  write: Write,
  created: boolean,
  migrated: number,
  close: () => Promise<void>,
): Database {
  const orm = drizzle(async (sql, params, method) => {
    if (method === "run") throw new Error("a write must go through Database.write");
    const values = valuesOf(await reader.fetch({ sql, args: params as Value[] }));
    return { rows: method === "get" ? (values[0] ?? []) : values };
  });
  return {
    read: reader.read,
    readInBackground: lines.listing.read,
    lines,
    write,
    orm,
    installation: () => readInstallation(reader.read),
    created,
    migrated,
    close,
  };
}
