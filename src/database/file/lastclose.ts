/**
 * The last process to close a database file leaves nothing but the file: no log that every copy would need, and through
 * which a restored copy would be read. SQLite's own exclusive lock tells whether it is the last, and counts foreign
 * programs too: `PRAGMA journal_mode = DELETE` takes it, moves the log under it, and removes it.
 */
import type { Connection } from "../connection.ts";
import { FileLock } from "./filelock.ts";

/** How long to wait for another process that is closing. It needs some milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * Closes this process's last connection to the file. `held` is its lock, if this process holds it. Of several that close
 * at once one holds the lock at a time, and has closed before it lets go: so the last one finds itself alone.
 */
export async function closeLast(connection: Connection, path: string, held: FileLock | null): Promise<void> {
  const lock = held ?? (await takeFromClosing(path));
  if (lock === null) return connection.close();
  try {
    lock.holdForLong(false);
    if (await connection.endLog()) {
      lock.remove();
      await connection.close();
    } else {
      await connection.release();
    }
  } finally {
    lock.release();
  }
}

/** Null when a service holds it: that service will be the last, or leaves the log to the last. */
async function takeFromClosing(path: string): Promise<FileLock | null> {
  const deadline = performance.now() + PATIENCE_MS;
  try {
    for (;;) {
      const lock = FileLock.take(path);
      if (lock !== null || FileLock.isHeldForLong(path) || performance.now() > deadline) return lock;
      await Bun.sleep(2);
    }
  } catch {
    return null; // the folder is not writable: then there is no log either
  }
}
