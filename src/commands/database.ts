/** `inlet database migrate`, and how every command opens the database. */
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig } from "../config/config.ts";
import { unusable } from "../database/diagnosis.ts";
import { type Database, openDatabase } from "../database/open.ts";
import { redactedUrl } from "../database/url.ts";
import { addCommand, group, notInThisVersion } from "./command.ts";
import { note, printOne } from "./output.ts";

/** Opens, makes and migrates the database of DATABASE_URL for as long as `work` takes. */
export async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const config = readDatabaseConfig();
  const database = await openDatabase(config);
  try {
    const shown = redactedUrl(config.url);
    if (database.created) note(`created the database ${shown}`);
    else if (database.migrated > 0) note(`migrated the database ${shown}`);
    return await work(database);
  } catch (error) {
    throw unusable(config, error);
  } finally {
    await database.close();
  }
}

export function addDatabaseCommands(program: Command): void {
  const database = group(program, "database", "look after the database");
  addCommand(
    database,
    "migrate",
    "make the database if it is missing, and bring its tables up to this version",
  ).action(async (options) => {
    await withDatabase(async ({ migrated, installation }) => {
      const { epoch } = await installation();
      const sentence = migrated > 0 ? `applied ${migrated} migrations` : "the database is up to date";
      printOne(options, { applied: migrated, epoch }, sentence);
    });
  });
  notInThisVersion(database, "backup", "check", "new-epoch");
}
