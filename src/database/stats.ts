/** What an operator watches of a database file: how large it is, and what is left of its disk. */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface DatabaseSizes {
  readonly file: number;
  readonly log: number;
  /** What this user may still write, in bytes. */
  readonly free: number;
  readonly disk: number;
}

export interface DatabaseStats {
  /** How often this process moved the log, by outcome; null for a remote database. */
  readonly checkpoints: {
    readonly complete: number;
    readonly partial: number;
    readonly failed: number;
  } | null;
  /** How often work was tried again, because another transaction was in the way. */
  readonly retries: number;
  /** In bytes; null for a remote database, and while its folder cannot be asked. */
  readonly sizes: DatabaseSizes | null;
}

/** Three questions to the file system, and no descriptor of the database: closing one would drop its locks. */
export function readSizes(path: string): DatabaseSizes | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(dirname(path));
    return {
      file: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      log: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      free: bavail * bsize,
      disk: blocks * bsize,
    };
  } catch {
    return null;
  }
}
