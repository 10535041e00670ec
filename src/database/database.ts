/** An open, migrated database: how to read it, how to write it, and drizzle to phrase both. */
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import {
  Connection,
  createDatabaseFile,
  type DatabaseConfig,
  PATIENT,
  type Read,
  SERVING,
  type Statement,
  type Write,
} from "./connection.ts";
import { unusable } from "./fault.ts";
import { type Installation, readInstallation } from "./installation.ts";
import { migrate } from "./migrate.ts";
import { OffThreadWriter } from "./offthread.ts";
import type { Value } from "./result.ts";

export interface Database {
  readonly read: Read;
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

/** For a command: one connection that waits its turn. Makes and migrates a missing database. */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const { connection, created, migrated } = await openMigrated(config);
  return database(connection, connection.write, created, migrated, () => connection.close());
}

/** For the service: reads on this thread, writes on another. */
export async function openServingDatabase(config: DatabaseConfig): Promise<Database> {
  const { connection, created, migrated } = await openMigrated(config);
  await connection.close();
  const reader = new Connection(config, SERVING);
  const writer = new OffThreadWriter(config);
  return database(reader, writer.write, created, migrated, async () => {
    await writer.close();
    await reader.close();
  });
}

/** A phrased insert, update or delete as a statement for `write`. */
export function statement(query: { toSQL(): { sql: string; params: unknown[] } }): Statement {
  const { sql, params } = query.toSQL();
  return { sql, args: params as (string | number | null)[] };
}

async function openMigrated(config: DatabaseConfig) {
  const created = createDatabaseFile(config.url);
  const connection = new Connection(config, PATIENT);
  try {
    return { connection, created, migrated: await migrate(connection) };
  } catch (error) {
    await connection.close();
    throw unusable(config.url, error);
  }
}

function database(
  reader: Connection,
  write: Write,
  created: boolean,
  migrated: number,
  close: () => Promise<void>,
): Database {
  const orm = drizzle(async (sql, params, method) => {
    if (method === "run") throw new Error("a write must go through Database.write");
    const values = await reader.values({ sql, args: params as Value[] });
    return { rows: method === "get" ? (values[0] ?? []) : values };
  });
  return {
    read: reader.read,
    write,
    orm,
    installation: () => readInstallation(reader.read),
    created,
    migrated,
    close,
  };
}
