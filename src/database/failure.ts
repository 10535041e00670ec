/** What an error of the database means for those who read and write. */
import { errorCode } from "../errors.ts";

/**
 * Whether another transaction is in the way: BUSY and LOCKED, with their extended codes. A server that has no connection
 * left answers 429, and has done nothing either.
 */
export function isBusy(error: unknown): boolean {
  return /^(SQLITE_(BUSY|LOCKED)|SERVER_BUSY)/.test(errorCode(error) ?? "");
}

/** Whether a row itself cannot be written, however healthy the database is. No other error is the fault of a row. */
export function isRowsFault(error: unknown): boolean {
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(errorCode(error) ?? "");
}

/**
 * Whether a sync failed, so that the disk may not have what it was given. The kernel may have dropped those pages and
 * marked them clean: the next sync then succeeds without them, and what this process sees is not what is on disk (USENIX
 * ATC 2020, "Can Applications Recover from fsync Failures?"). Only a new process, which reads what is there, may go on.
 */
export function isSyncFailure(error: unknown): boolean {
  return /^SQLITE_IOERR_(DIR_)?FSYNC$/.test(errorCode(error) ?? "");
}

/** Whether an open file is no longer the one of its name: the error has a `MisplacementCode`. */
export function isMisplaced(error: unknown): boolean {
  return /^INLET_/.test(errorCode(error) ?? "");
}
