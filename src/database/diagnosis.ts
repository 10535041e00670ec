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

/** The server of a database cannot be reached, or has no time: that may heal by itself. */
export class DatabaseAway extends CommandError {}

/** A {@link CommandError} for an error of a database, or the error itself when it is none that we know. */
export function unusable({ url, through = "" }: DatabaseConfig, cause: unknown): unknown {
  if (cause instanceof CommandError) return cause;
  const code = named(errorCode(cause) ?? "");
  const sentence = (why: string) => `the database ${redactedUrl(url)} cannot be used: ${why}`;
  const local = databasePath(url) === null ? null : LOCAL.find(([form]) => form.test(code))?.[1];
  if (local) return new CommandError(sentence(local), { cause });
  if (databasePath(url) !== null) return cause;
  const away = awayFault(cause, code, through);
  if (away) return new DatabaseAway(sentence(away), { cause });
  return isRefused(cause) ? new CommandError(sentence(REFUSED), { cause }) : cause;
}

/** libSQL has names for few of SQLite's extended codes, whose lowest byte is the code proper. */
function named(code: string): string {
  const extended = /^UNKNOWN_SQLITE_ERROR_(\d{1,9})$/.exec(code)?.[1];
  return (extended && PRIMARY[Number(extended) & 0xff]) || code;
}

const REFUSED = "its server refuses us: see to DATABASE_AUTH_TOKEN, and to what it may do";

/** Whether it will do so again. */
function isRefused(cause: unknown): boolean {
  return /\b(401|403)\b/.test(cause instanceof Error ? cause.message : "");
}

function awayFault(cause: unknown, code: string, through: string): string | null {
  const message = cause instanceof Error ? cause.message : "";
  const gateway = through === "" ? null : /\b407\b/.exec(message)?.[0];
  const passing = /\bstatus (429|5\d\d)\b/.exec(message)?.[1];
  if (passing) return `its server${through} is not ready (${passing}): see whether it is well`;
  const isUnreachable =
    /^(ConnectionRefused|ConnectionClosed|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN)/.test(code) ||
    /^Timeout/.test(nameOf(cause));
  if (!isUnreachable && !gateway) return null;
  const why = gateway ?? (code || nameOf(cause));
  return `its server cannot be reached${through} (${why}): see to DATABASE_URL, and whether it runs`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
