/** Whether the file is whole, and has the tables that this version makes. */
import { openPlain } from "../engine.ts";
import { knownMigrations } from "../migrate.ts";
import { type Read, toResult } from "../result.ts";

/** Of one check: who has more has one trouble, not twenty. */
export const MAX_FINDINGS = 20;

/** SQLite's own: pages, order, indexes against rows, the full-text index in itself. */
export async function checkIntegrity(read: Read): Promise<string[]> {
  const { rows } = await read(`PRAGMA integrity_check(${MAX_FINDINGS})`);
  return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== "ok");
}

export async function checkForeignKeys(read: Read): Promise<string[]> {
  const { rows } = await read("PRAGMA foreign_key_check");
  return rows
    .slice(0, MAX_FINDINGS)
    .map(({ table, rowid, parent }) => `row ${rowid} of ${table} names a row of ${parent} that is not there`);
}

/** Those that were applied against those of this version. */
export async function checkMigrations(read: Read): Promise<string[]> {
  const { rows: tables } = await read(
    "SELECT count(*) AS n, coalesce(sum(name = '__drizzle_migrations'), 0) AS ledgers FROM sqlite_schema WHERE type = 'table'",
  );
  if (Number(tables[0]?.n) === 0) return ["it is empty: no migration was applied"];
  if (Number(tables[0]?.ledgers) === 0) return ["it is no database of Inlet's"];
  const { rows } = await read("SELECT created_at, hash FROM __drizzle_migrations ORDER BY created_at");
  const known = new Map(knownMigrations().map(({ folderMillis, hash }) => [folderMillis, hash]));
  if (rows.length === 0) return ["no migration was applied"];
  return rows.flatMap(({ created_at, hash }) => {
    const expected = known.get(Number(created_at));
    if (expected === undefined) return ["it is of a newer version of Inlet"];
    return expected === hash ? [] : ["its tables are of another build of Inlet, and not those of this one"];
  });
}

/** Tables and indexes as the applied migrations make them in an empty database. */
export async function checkTables(read: Read): Promise<string[]> {
  const [made, found] = await schemas(read);
  const missing = [...made].filter(([name]) => !found.has(name)).map(([name]) => `${name} is missing`);
  const altered = [...made]
    .filter(([name, sql]) => found.has(name) && found.get(name) !== sql)
    .map(([name]) => `${name} is not as Inlet makes it`);
  return [...missing, ...altered].slice(0, MAX_FINDINGS);
}

/** What others keep in the same file. Litestream does (https://litestream.io/how-it-works/), and harms nobody by it. */
export async function checkOthers(read: Read): Promise<string[]> {
  const [made, found] = await schemas(read);
  return [...found.keys()]
    .filter((name) => !made.has(name) && !name.startsWith("table _litestream_"))
    .map((name) => `${name} is none of Inlet's`)
    .slice(0, MAX_FINDINGS);
}

/** As they should be, and as they are: SQL, by kind and name. */
async function schemas(read: Read): Promise<[Map<string, string>, Map<string, string>]> {
  const select =
    "SELECT type || ' ' || name AS name, coalesce(sql, '') AS sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_drizzle%' ESCAPE '\\'";
  const { rows: ledger } = await read("SELECT created_at FROM __drizzle_migrations");
  const applied = new Set(ledger.map((row) => Number(row.created_at)));
  const engine = await openPlain(":memory:");
  try {
    for (const { folderMillis, sql } of knownMigrations()) {
      if (!applied.has(folderMillis)) continue;
      for (const statement of sql) if (statement.trim() !== "") engine.execute(statement);
    }
    return [schemaOf(toResult(engine.execute(select)).rows), schemaOf((await read(select)).rows)];
  } finally {
    engine.close();
  }
}

function schemaOf(rows: readonly Record<string, unknown>[]): Map<string, string> {
  return new Map(rows.map(({ name, sql }) => [String(name), String(sql)]));
}
