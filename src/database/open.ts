/** Opens and migrates a database, for a command or for the service, and gives the ways to read and to write it. */
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import type { Actor } from "./audit.ts";
import { Connection } from "./connection.ts";
import { unusable } from "./diagnosis.ts";
import { Checkpointer } from "./file/checkpointer.ts";
import { countClosed, countOpen, createDatabaseFile, inspect, localPath } from "./file/create.ts";
import type { FileLock } from "./file/filelock.ts";
import { closeLast } from "./file/lastclose.ts";
import { DatabaseHealth } from "./health.ts";
import { type Installation, readInstallation } from "./installation.ts";
import { migrate } from "./migrate.ts";
import { localLines, type ReadLines, remoteLines } from "./readlines.ts";
import { ReadQueue } from "./readqueue.ts";
import { type Read, type Statement, type Value, valuesOf, type Write } from "./result.ts";
import { PATIENT, SERVING } from "./roles.ts";
import { type DatabaseStats, readSizes } from "./stats.ts";
import { DatabaseThread } from "./thread.ts";
import { absoluteUrl, type DatabaseConfig, databasePath } from "./url.ts";

export interface Database {
  readonly read: Read;
  /** For the service's own reads that may take milliseconds: they go before all that wait in the queues. */
  readonly readInBackground: Read;
  readonly lines: ReadLines;
  readonly write: Write;
  /** Builds queries, and runs those that read. Those that write go through {@link statement} and `write`. */
  readonly orm: SqliteRemoteDatabase;
  readonly installation: () => Promise<Installation>;
  /** Whose command this is: the audit trail names this actor. */
  readonly actor?: Actor | null;
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
export async function openDatabase(
  config: DatabaseConfig,
  mustExist = false,
  actor: Actor | null = null,
): Promise<Database> {
  const { connection, created, migrated } = await openMigrated(config, mustExist);
  const { read, write } = connection;
  const line = new ReadQueue(read, 1);
  const opened = database(connection, { listing: line, searching: line }, write, created, migrated, () =>
    leave(config.url, connection, null),
  );
  return { ...opened, actor };
}

/**
 * For the service: short reads on this thread, writes and long reads on threads of their own. Throws {@link CommandError} when it
 * `mustExist` and does not.
 */
export async function openServingDatabase(
  asked: DatabaseConfig,
  mustExist = false,
): Promise<ServingDatabase> {
  const given = { ...asked, url: absoluteUrl(asked.url) };
  // The connection that opened the file goes on as the reader: if it were closed, it would keep the file open until it
  // is collected, and a service that stops would not find itself alone.
  const { connection: reader, created, migrated } = await openMigrated(given, mustExist);
  await reader.use(SERVING);
  const config = { ...given, file: reader.files?.main };
  const writer = new DatabaseThread(config, "writing");
  const isLocal = databasePath(config.url) !== null;
  const health = new DatabaseHealth(writer.write, () => reader.files, !isLocal);
  const noteError = (error: unknown) => health.note(error);
  const readers = isLocal ? localLines(config, noteError) : remoteLines(config);
  const path = localPath(config.url);
  const checkpointer = path === null ? null : new Checkpointer(path, writer.checkpoint, noteError);
  checkpointer?.start();
  const opened = database(reader, readers.lines, health.write, created, migrated, async () => {
    health.stop();
    const lock = (await checkpointer?.stop()) ?? null;
    await Promise.all([writer.close(), readers.close()]);
    // A new process reads what is on disk: it must find that as it is.
    if (health.hasFailed) await reader.close();
    else await leave(config.url, reader, lock);
  });
  const stats = () => ({
    checkpoints: checkpointer?.stats ?? null,
    retries: reader.retries + writer.retries + readers.retries(),
    sizes: path === null ? null : readSizes(path),
  });
  return { ...opened, health, stats };
}

/** Makes a statement for `write` of a query that inserts, updates or deletes. */
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

/** Closes this process's last connection, and ends the log if nobody else has the file open. */
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
