/** Opens a database; of a local one the same file as before, and neither another in its place nor a new one. */

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
 * Makes a missing file when none was opened `before` (a `fileId`). Throws {@link Misplacement} when that file
 * is not there.
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
  if (file === null) throw new Misplacement("INLET_FILE_MOVED");
  // The engine would make an empty file, readable by everybody; and a thread that starts first loads the engine, in which
  // time files may be moved.
  const engine = await openEngine(config, options, () => {
    if (fileId(path) !== file) throw new Misplacement("INLET_FILE_MOVED");
  });
  try {
    await engine.execute("SELECT 1 FROM sqlite_schema LIMIT 1"); // now the log is open
    return { engine, files: new OpenFiles(path, file) };
  } catch (error) {
    attempt(() => engine.close());
    throw error;
  }
}
