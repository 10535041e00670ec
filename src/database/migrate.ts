/**
 * Applies the migrations of drizzle/, which are embedded in the executable. Each goes in with its line of the
 * ledger in one transaction, and the ledger refuses a line twice: of two processes that start together one
 * applies it, the other finds it applied.
 */
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { CommandError } from "../errors.ts";
import type { Connection } from "./connection.ts";

const FOLDER = Bun.isStandaloneExecutable
  ? join(import.meta.dir, "drizzle")
  : join(import.meta.dir, "../../drizzle");

/** drizzle's own name and columns, so that its tools can read it; the unique index is ours. */
const LEDGER = [
  `CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS __drizzle_migrations_once ON __drizzle_migrations (created_at)`,
];

export interface Migration {
  /** Tells it from others: the time at which it was written. */
  readonly folderMillis: number;
  readonly hash: string;
  readonly sql: readonly string[];
}

/** Those of this version, the oldest first. */
export function knownMigrations(): readonly Migration[] {
  return readMigrationFiles({ migrationsFolder: FOLDER });
}

/** The number of migrations that were applied. Throws {@link CommandError} for a newer Inlet's database. */
export async function migrate(connection: Connection): Promise<number> {
  const migrations = knownMigrations();
  const applied = await appliedMigrations(connection);
  const known = new Set(migrations.map((migration) => migration.folderMillis));
  if ([...applied].some((millis) => !known.has(millis))) {
    throw new CommandError(
      "the database was created by a newer version of Inlet: run that version, or restore a backup",
    );
  }
  let count = 0;
  for (const { sql, hash, folderMillis } of migrations) {
    if (applied.has(folderMillis)) continue;
    const line = {
      sql: "INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)",
      args: [hash, folderMillis],
    };
    try {
      await connection.write([...LEDGER, line, ...sql.filter((statement) => statement.trim() !== "")]);
      count++;
    } catch (error) {
      const nowApplied = await appliedMigrations(connection);
      if (!nowApplied.has(folderMillis)) throw error;
    }
  }
  return count;
}

/** Throws {@link CommandError} for a database that is somebody else's. */
async function appliedMigrations(connection: Connection): Promise<Set<number>> {
  const { rows: tables } = await connection.read(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' LIMIT 100",
  );
  if (tables.length === 0) return new Set();
  if (!tables.some((table) => table.name === "__drizzle_migrations")) {
    throw new CommandError(
      "the database holds the tables of another program: name one for Inlet alone with DATABASE_URL",
    );
  }
  const { rows } = await connection.read("SELECT created_at FROM __drizzle_migrations");
  return new Set(rows.map((row) => Number(row.created_at)));
}
