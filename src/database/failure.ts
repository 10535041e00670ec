/** What an error of the database means for those who read and write. */
import { errorCode } from "../errors.ts";

/**
 * BUSY and LOCKED, with their extended codes: somebody else's transaction is in the way. A server that has no connection
 * left answers 429, and has done nothing either.
 */
export function isBusy(error: unknown): boolean {
  return /^(SQLITE_(BUSY|LOCKED)|SERVER_BUSY)/.test(errorCode(error) ?? "");
}

/** What was to be written cannot be, however healthy the database is; whatever else is the fault of no row. */
export function isRowsFault(error: unknown): boolean {
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(errorCode(error) ?? "");
}

/**
 * The disk did not say that it has what it was given. The kernel may have dropped those pages and marked them clean, so
 * that the next sync succeeds without them, and what this process sees is not what is on disk (USENIX ATC 2020, "Can
 * Applications Recover from fsync Failures?"): only a new process, which reads what is there, may go on.
 */
export function isSyncFailure(error: unknown): boolean {
  return /^SQLITE_IOERR_(DIR_)?FSYNC$/.test(errorCode(error) ?? "");
}

/** Whether one of the files that are open is not the one of its name any more: a `MisplacementCode`. */
export function isMisplaced(error: unknown): boolean {
  return /^INLET_/.test(errorCode(error) ?? "");
}
