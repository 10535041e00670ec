/** drizzle/ makes the tables that src/database/schema.ts describes, and drizzle-kit knows of them. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import * as audits from "../../src/database/auditschema.ts";
import * as clusters from "../../src/database/clusterschema.ts";
import * as medias from "../../src/database/mediaschema.ts";
import { openDatabase } from "../../src/database/open.ts";
import * as ours from "../../src/database/schema.ts";
import * as telnyxs from "../../src/database/telnyxschema.ts";
import { emptyFolder } from "../harness/cleanup.ts";

setDefaultTimeout(60_000);

const ROOT = join(import.meta.dir, "../..");
const tables = Object.values({ ...ours, ...clusters, ...telnyxs, ...audits, ...medias }).flatMap((each) =>
  is(each, SQLiteTable) ? [getTableConfig(each)] : [],
);

test("the migrations make every column and index of the schema, and no other table", async () => {
  const url = `file:${join(emptyFolder(), "inlet.db")}`;
  const database = await openDatabase({ url, authToken: null });
  const listed = async (sql: string, ...args: string[]) =>
    (await database.read({ sql, args })).rows.map((row) => Object.values(row).map(String).join(" ")).sort();
  for (const { name, columns, indexes, primaryKeys } of tables) {
    const keys = new Set(primaryKeys.flatMap((key) => key.columns.map((column) => column.name)));
    expect(
      await listed(`SELECT name, lower(type), "notnull", pk > 0 FROM pragma_table_info(?)`, name),
    ).toEqual(
      columns
        .map((column) => {
          const isKey = column.primary || keys.has(column.name);
          return `${column.name} ${column.getSQLType()} ${Number(column.notNull)} ${Number(isKey)}`;
        })
        .sort(),
    );
    const named = indexes.map((index) => index.config.name);
    const unique = columns.flatMap((column) =>
      column.isUnique && column.uniqueName ? [column.uniqueName] : [],
    );
    expect(await listed("SELECT name FROM pragma_index_list(?) WHERE origin = 'c'", name)).toEqual(
      [...named, ...unique].sort(),
    );
  }
  const made = await listed(`SELECT name FROM sqlite_schema WHERE type = 'table'
    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'messages_search%' AND name <> '__drizzle_migrations'`);
  expect(made).toEqual(tables.map(({ name }) => name).sort());
  await database.close();
});

test("drizzle-kit finds nothing to do", () => {
  const folder = emptyFolder();
  cpSync(join(ROOT, "drizzle"), join(folder, "drizzle"), { recursive: true });
  // It takes only paths that are relative to the folder it runs in.
  const args = ["--dialect", "sqlite", "--schema", join(ROOT, "src/database/*schema.ts")];
  const kit = [process.execPath, join(ROOT, "node_modules/drizzle-kit/bin.cjs"), "generate", ...args];
  const { stdout, stderr } = Bun.spawnSync(kit, { cwd: folder });
  expect(`${stdout}${stderr}`).toContain("nothing to migrate");
});
