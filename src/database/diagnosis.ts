/** What is wrong with a database, in words that say what to do. */
import { CommandError, errorCode } from "../errors.ts";
import { type DatabaseConfig, databasePath, redactedUrl } from "./url.ts";

const PRIMARY: Readonly<Record<number, string>> = {
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  14: "SQLITE_CANTOPEN",
};

const LOCAL: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_NOTADB/, "it is not a database: name another file, or move this one away"],
  [/^SQLITE_CORRUPT/, "it is damaged: restore a backup"],
  [/^SQLITE_(READONLY|PERM|AUTH)/, "it or its folder is not writable: check owner and permissions"],
  [/^SQLITE_CANTOPEN/, "it cannot be opened: it must be a regular file in a writable folder"],
  [
    /^SQLITE_IOERR_(DIR_)?FSYNC/,
    "a sync to the disk failed: see to the disk, and whether what was written last is there",
  ],
  [/^SQLITE_(FULL|IOERR)/, "the disk is full or failing"],
  [/^SQLITE_(BUSY|LOCKED)/, "another process has it locked for too long"],
];

/** A {@link CommandError} for an error of a database, or the error itself when it is none that we know. */
export function unusable({ url, through = "" }: DatabaseConfig, cause: unknown): unknown {
  if (cause instanceof CommandError) return cause;
  const code = named(errorCode(cause) ?? "");
  const why =
    databasePath(url) === null
      ? remoteFault(cause, code, through)
      : LOCAL.find(([form]) => form.test(code))?.[1];
  return why ? new CommandError(`the database ${redactedUrl(url)} cannot be used: ${why}`, { cause }) : cause;
}

/** libSQL has names for few of SQLite's extended codes, whose lowest byte is the code proper. */
function named(code: string): string {
  const extended = /^UNKNOWN_SQLITE_ERROR_(\d{1,9})$/.exec(code)?.[1];
  return (extended && PRIMARY[Number(extended) & 0xff]) || code;
}

function remoteFault(cause: unknown, code: string, through: string): string | null {
  const message = cause instanceof Error ? cause.message : "";
  const gateway = through === "" ? null : /\b(407|502|503|504)\b/.exec(message)?.[0];
  if (/\b(401|403)\b/.test(message)) return "its server refuses us: see to DATABASE_AUTH_TOKEN";
  if (
    /^(ConnectionRefused|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN)/.test(code) ||
    /^Timeout/.test(nameOf(cause)) ||
    gateway
  ) {
    return `its server cannot be reached${through} (${gateway ?? (code || nameOf(cause))}): see to DATABASE_URL, and whether it runs`;
  }
  return null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
