/** An open, migrated database: how to read it, how to write it, and drizzle to phrase both. */
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import { countClosed, countOpen, createDatabaseFile, inspect, localPath } from "./beginning.ts";
import { Checkpointer } from "./checkpointer.ts";
import {
  Connection,
  type DatabaseConfig,
  PATIENT,
  type Read,
  SERVING,
  type Statement,
  type Write,
} from "./connection.ts";
import { unusable } from "./diagnosis.ts";
import { closeLast } from "./ending.ts";
import type { FileLock } from "./filelock.ts";
import { DatabaseHealth } from "./health.ts";
import { type Installation, readInstallation } from "./installation.ts";
import { migrate } from "./migrate.ts";
import { type Value, valuesOf } from "./result.ts";
import { OffThread } from "./thread.ts";
import { databasePath } from "./url.ts";

export interface Database {
  readonly read: Read;
  /** For reads that may take milliseconds: in the service they delay nobody but each other. */
  readonly readAside: Read;
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
}

/** For a command: one connection that waits its turn. Makes and migrates a missing database. */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const { connection, created, migrated } = await openMigrated(config);
  const { read, write } = connection;
  return database(connection, read, write, created, migrated, () => leave(config.url, connection, null));
}

/** For the service: short reads on this thread, long ones on another, writes on a third. */
export async function openServingDatabase(config: DatabaseConfig): Promise<ServingDatabase> {
  const { connection, created, migrated } = await openMigrated(config);
  await connection.close();
  const reader = new Connection(config, SERVING);
  const writer = new OffThread(config, "writing");
  const health = new DatabaseHealth(writer.write);
  // A remote database works on its own machine: nothing waits here.
  const isLocal = databasePath(config.url) !== null;
  const aside = new OffThread(config, "reading", (error) => health.note(error));
  const readAside = isLocal ? aside.read : reader.read;
  const path = localPath(config.url);
  const checkpointer =
    path === null ? null : new Checkpointer(path, writer.checkpoint, (e) => health.note(e));
  checkpointer?.start();
  const opened = database(reader, readAside, health.write, created, migrated, async () => {
    health.stop();
    const lock = (await checkpointer?.stop()) ?? null;
    await Promise.all([writer.close(), aside.close()]);
    // A new process, which reads what is on disk, is to begin with it as it is.
    if (health.hasFailed) await reader.close();
    else await leave(config.url, reader, lock);
  });
  return { ...opened, health };
}

/** A phrased insert, update or delete as a statement for `write`. */
export function statement(query: { toSQL(): { sql: string; params: unknown[] } }): Statement {
  const { sql, params } = query.toSQL();
  return { sql, args: params as (string | number | null)[] };
}

async function openMigrated(config: DatabaseConfig) {
  const isToSeal = inspect(config.url);
  const created = createDatabaseFile(config.url);
  const connection = new Connection(config, PATIENT);
  countOpen(config.url);
  try {
    if (isToSeal) await connection.seal();
    return { connection, created, migrated: await migrate(connection) };
  } catch (error) {
    await leave(config.url, connection, null);
    throw unusable(config.url, error);
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
  readAside: Read,
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
    readAside,
    write,
    orm,
    installation: () => readInstallation(reader.read),
    created,
    migrated,
    close,
  };
}
