/** What is in the database: whose tables, and whether they can be read. */
import { statSync } from "node:fs";
import { unusable } from "../../database/diagnosis.ts";
import { localPath } from "../../database/file/create.ts";
import type { Read } from "../../database/result.ts";
import { redactedUrl } from "../../database/url.ts";
import { CommandError } from "../../errors.ts";
import { errorFields } from "../../log/log.ts";
import { type Examination, Unknown } from "./deps.ts";
import { type Found, failed, ok, warning } from "./finding.ts";

/** Some seconds to read. Of a larger file only the small tables are. */
const MAX_CHECKED_BYTES = 1024 ** 3;
/** A damaged file has thousands of faults. */
const MAX_FAULTS = 5;
const RESTORE =
  "restore a backup with inlet database restore, which keeps the damaged file: it may hold texts that the backup lacks";

export async function databaseMigrated(examination: Examination): Promise<Found> {
  const shown = redactedUrl(examination.deps.config.database.url);
  switch (await examination.tables().catch(unread)) {
    case "current":
      return ok("its tables are those of this version");
    case "older":
    case "none":
      return warning(`the tables of ${shown} are older than this version`, "inlet database migrate");
    case "newer":
      return failed(
        `${shown} was written by a newer version of Inlet`,
        "run that version, or restore a backup of before",
      );
    case "foreign":
      return failed(
        `${shown} holds the tables of another program`,
        "name a file for Inlet alone with DATABASE_URL",
      );
  }
}

export async function databaseIntegrity(examination: Examination): Promise<Found> {
  const { database } = examination.deps.config;
  const { read } = examination.look();
  const path = localPath(database.url);
  try {
    if (path === null) {
      await read("SELECT count(*) FROM sqlite_master");
      return ok("its server answers, and looks after its own files");
    }
    const { size } = statSync(path);
    const faults = size > MAX_CHECKED_BYTES ? await checkSmallTables(read) : await quickCheck(read, null);
    if (faults.length > 0)
      return failed(`the database is damaged: ${faults.join("; ")}`, RESTORE, { faults });
    return size > MAX_CHECKED_BYTES
      ? ok(
          "no damage in its small tables (PRAGMA quick_check); it is too large for the rest: inlet database check reads all of it",
        )
      : ok("no damage was found (PRAGMA quick_check)");
  } catch (error) {
    const known = unusable(database, error);
    if (!(known instanceof CommandError))
      return failed(`the database cannot be read: ${JSON.stringify(errorFields(error))}`, RESTORE);
    return failed(
      known.message,
      path === null ? "check the database's server, DATABASE_URL and DATABASE_AUTH_TOKEN" : RESTORE,
    );
  }
}

/** Told by `database_integrity`. */
function unread(error: unknown): never {
  throw error instanceof CommandError
    ? new Unknown("the database cannot be read: see database_integrity")
    : error;
}

async function checkSmallTables(read: Read): Promise<string[]> {
  const { rows } = await read(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'messages%' AND name NOT LIKE 'sqlite_%'",
  );
  const faults: string[] = [];
  for (const { name } of rows) faults.push(...(await quickCheck(read, String(name))));
  return faults;
}

/** Of one table, or of all. Its answers name pages, tables and indexes, and nothing that is in them. */
async function quickCheck(read: Read, table: string | null): Promise<string[]> {
  const argument = table === null ? String(MAX_FAULTS) : `'${table.replaceAll("'", "''")}'`;
  const { rows } = await read(`PRAGMA quick_check(${argument})`);
  return rows
    .map((row) => String(Object.values(row)[0]))
    .filter((line) => line !== "ok")
    .slice(0, MAX_FAULTS);
}
