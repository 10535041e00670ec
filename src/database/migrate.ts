/**
 * Applies the migrations of drizzle/, which are embedded in the executable. Each is applied
 * in one transaction with its row of the ledger, which takes no row twice: of two processes that start together one
 * applies a migration, and the other finds it applied.
 */
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { CommandError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import type { Read } from "./result.ts";

const FOLDER = Bun.isStandaloneExecutable
  ? join(import.meta.dir, "drizzle")
  : join(import.meta.dir, "../../drizzle");

/** drizzle's own name and columns, so that its tools can read it; the unique index is ours. */
const LEDGER = [
  `CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS __drizzle_migrations_once ON __drizzle_migrations (created_at)`,
];

export interface Migration {
  /** When the migration was written, in ms since 1970: this identifies it. */
  readonly folderMillis: number;
  readonly hash: string;
  readonly sql: readonly string[];
}

/** The migrations of this version, the oldest first. */
export function knownMigrations(): readonly Migration[] {
  return readMigrationFiles({ migrationsFolder: FOLDER });
}

/** Whose tables these are: of this version, of an older or a newer one, of another program, or none yet. */
export type TablesState = "current" | "older" | "newer" | "foreign" | "none";

/** The state that {@link migrate} would find. Changes nothing. */
export async function tablesState(read: Read): Promise<TablesState> {
  const applied = await appliedMigrations(read);
  if (applied === null) return "foreign";
  if (applied.size === 0) return "none";
  const known = knownMigrations().map(({ folderMillis }) => folderMillis);
  if ([...applied].some((millis) => !known.includes(millis))) return "newer";
  return known.every((millis) => applied.has(millis)) ? "current" : "older";
}

/**
 * Resolves to the number of migrations that it applied. Throws {@link CommandError} for the database of a newer version
 * of Inlet, and for that of another program.
 */
export async function migrate(connection: Connection): Promise<number> {
  const migrations = knownMigrations();
  const applied = await appliedMigrations(connection.read);
  if (applied === null) {
    throw new CommandError(
      "the database holds the tables of another program: name one for Inlet alone with DATABASE_URL",
    );
  }
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
      const nowApplied = await appliedMigrations(connection.read);
      if (!nowApplied?.has(folderMillis)) throw error;
    }
  }
  return count;
}

/** Null for the database of another program. */
async function appliedMigrations(read: Read): Promise<Set<number> | null> {
  const { rows: tables } = await read(
    // Litestream may have been there first, and lays two of its own beside any others.
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT GLOB '_litestream_*' LIMIT 100",
  );
  if (tables.length === 0) return new Set();
  if (!tables.some((table) => table.name === "__drizzle_migrations")) return null;
  const { rows } = await read("SELECT created_at FROM __drizzle_migrations");
  return new Set(rows.map((row) => Number(row.created_at)));
}
