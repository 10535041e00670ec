/** What is checked and made before a database file is opened. */
import { accessSync, closeSync, constants, existsSync, openSync, realpathSync, statSync } from "node:fs";
import { CommandError, errorCode } from "../../errors.ts";
import { databasePath, redactedUrl } from "../url.ts";
import { FileLock } from "./filelock.ts";
import { isUnsealed, refuseForeignLog } from "./logcheck.ts";

/** How many times this process has the database of each URL open. */
const open = new Map<string, number>();

/** The file beside which its log lies: the engine follows links. Null for a remote database. */
export function localPath(url: string): string | null {
  const path = databasePath(url);
  if (path === null) return null;
  try {
    return realpathSync(path);
  } catch {
    return path; // it does not exist yet
  }
}

export function countOpen(url: string): void {
  open.set(url, (open.get(url) ?? 0) + 1);
}

export function countClosed(url: string): void {
  open.set(url, (open.get(url) ?? 1) - 1);
}

/**
 * Throws {@link CommandError} for a log that belongs to another file. True when the log that now begins must be sealed
 * first, because a foreign program moved the one before. Whoever holds the file's lock has looked at it already.
 */
export function inspect(url: string): boolean {
  const path = localPath(url);
  // To open and close a file drops the locks that this process has on it.
  if (path === null || (open.get(url) ?? 0) > 0) return false;
  refuseDuringRestore(path, url);
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (!hasLog && !isUnsealed(path)) return false;
  const lock = takeLock(path);
  if (lock === null) return false;
  try {
    refuseForeignLog(path, redactedUrl(url));
    return !hasLog;
  } finally {
    lock.release();
  }
}

/** Refuses to open a file that is about to be replaced. */
function refuseDuringRestore(path: string, url: string): void {
  if (!FileLock.isHeldForRestore(path)) return;
  // A restore that was killed has left its word, but no lock.
  const lock = takeLock(path);
  if (lock === null)
    throw new CommandError(`the database ${redactedUrl(url)} is being restored: wait until that has ended`);
  lock.holdForLong(false);
  lock.release();
}

function takeLock(path: string): FileLock | null {
  try {
    return FileLock.take(path);
  } catch (error) {
    // The folder is not writable: opening the database says so.
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}

/**
 * Makes the file of a local database, readable by its owner alone (libSQL would make it readable by all).
 * True when there was none. Throws {@link CommandError} when it cannot be opened for writing, when it `mustExist` and does
 * not, and when its log is there without it, so that no new database begins where one was.
 */
export function createDatabaseFile(url: string, mustExist = false): boolean {
  const path = databasePath(url);
  if (path === null) return false;
  refuseToBeginOver(url, path);
  try {
    if (!mustExist) closeSync(openSync(path, "wx", 0o600));
    if (!mustExist) return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unopenable(url, error);
  }
  try {
    // Without opening it: that would end in closing it, which drops the locks that this process has on it.
    accessSync(path, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    throw unopenable(url, error);
  }
}

function refuseToBeginOver(url: string, path: string): void {
  if (existsSync(path)) return;
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (!log || log.size === 0) return;
  throw new CommandError(
    `the database ${redactedUrl(url)} is missing, but its log ${path}-wal is there and may hold messages: put the database back, or move the log away to begin a new one`,
  );
}

function unopenable(url: string, cause: unknown): CommandError {
  const why = errorCode(cause) ?? String(cause);
  return new CommandError(
    `cannot open the database ${redactedUrl(url)}: ${why}. Check that its folder exists and may be written, or set DATABASE_URL`,
    { cause },
  );
}
