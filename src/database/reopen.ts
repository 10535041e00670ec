/** Opens a database, and of a local one the same file as before: no other in its place, and none where there is none. */

import { attempt, type Engine, openEngine } from "./engine.ts";
import { createDatabaseFile } from "./file/create.ts";
import { fileId, Misplacement, OpenFiles } from "./file/openfiles.ts";
import type { ConnectionOptions } from "./roles.ts";
import { type DatabaseConfig, databasePath } from "./url.ts";

export interface Opened {
  readonly engine: Engine;
  /** Of a local database. */
  readonly files: OpenFiles | null;
}

/**
 * Makes a missing file when none was opened `before` (a `fileId`). Throws {@link Misplacement} when the one that was is
 * not there.
 */
export async function openSame(
  config: DatabaseConfig,
  before: string | undefined,
  options: ConnectionOptions,
): Promise<Opened> {
  const path = databasePath(config.url);
  if (path === null) return { engine: await openEngine(config, options), files: null };
  if (before === undefined) createDatabaseFile(config.url);
  const file = before ?? fileId(path);
  // The engine would make an empty one, readable by all.
  if (file === null || fileId(path) !== file) throw new Misplacement("INLET_FILE_MOVED");
  const engine = await openEngine(config, options);
  try {
    await engine.execute("SELECT 1 FROM sqlite_schema LIMIT 1"); // now the log is open
    return { engine, files: new OpenFiles(path, file) };
  } catch (error) {
    attempt(() => engine.close());
    throw error;
  }
}
