/** `inlet database migrate`, and how every command opens the database. */
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig } from "../config/config.ts";
import { unusable } from "../database/diagnosis.ts";
import { type Database, openDatabase } from "../database/open.ts";
import { type DatabaseConfig, redactedUrl } from "../database/url.ts";
import { currentActor } from "./actor.ts";
import { addCommand, group } from "./command.ts";
import { note, printOne } from "./output.ts";
import { ringForServices, watched } from "./ring.ts";

/**
 * Opens, makes and migrates the database of DATABASE_URL for as long as `work` takes. One that `mustExist` is not made:
 * what is asked of it would be asked of the wrong one.
 */
export async function withDatabase<T>(
  work: (database: Database, config: DatabaseConfig) => Promise<T>,
  mustExist = false,
): Promise<T> {
  const config = readDatabaseConfig();
  const database = await openDatabase(config, mustExist, currentActor());
  try {
    const shown = redactedUrl(config.url);
    if (database.created) note(`created the database ${shown}`);
    else if (database.migrated > 0) note(`migrated the database ${shown}`);
    const { database: noted, hasWritten } = watched(database);
    const result = await work(noted, config);
    if (hasWritten()) await ringForServices(database);
    return result;
  } catch (error) {
    throw unusable(config, error);
  } finally {
    await database.close();
  }
}

/** Returns the group, for the commands that other files add. */
export function addDatabaseCommands(program: Command): Command {
  const database = group(program, "database", "look after the database");
  addCommand(
    database,
    "migrate",
    "make the database if it is missing, and bring its tables up to this version",
  )
    .addHelpText(
      "after",
      `
Examples:
  inlet database migrate
  inlet database migrate --database /var/lib/inlet/inlet.db`,
    )
    .action(async (options) => {
      await withDatabase(async ({ migrated, installation }) => {
        const { epoch } = await installation();
        const sentence = migrated > 0 ? `applied ${migrated} migrations` : "the database is up to date";
        printOne(options, { applied: migrated, epoch }, sentence);
      });
    });
  return database;
}
