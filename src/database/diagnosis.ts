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
    "a sync to the disk failed: check the disk, and whether the newest messages are there",
  ],
  [/^SQLITE_(FULL|IOERR)/, "the disk is full or failing"],
  [/^SQLITE_(BUSY|LOCKED)/, "another process has it locked for too long"],
];

/** The database's server cannot be reached, or is overloaded: that may pass by itself. */
export class DatabaseAway extends CommandError {}

/** A {@link CommandError} that says what to do about an error of the database; the error itself when it is unknown. */
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

/** libSQL names few of SQLite's extended codes; the lowest byte of each is its primary code. */
function named(code: string): string {
  const extended = /^UNKNOWN_SQLITE_ERROR_(\d{1,9})$/.exec(code)?.[1];
  return (extended && PRIMARY[Number(extended) & 0xff]) || code;
}

const REFUSED = "its server rejected the token: check DATABASE_AUTH_TOKEN, and what it permits";

/** Whether the server rejected our credentials, which it will do again. */
function isRefused(cause: unknown): boolean {
  return /\b(401|403)\b/.test(cause instanceof Error ? cause.message : "");
}

function awayFault(cause: unknown, code: string, through: string): string | null {
  const message = cause instanceof Error ? cause.message : "";
  const gateway = through === "" ? null : /\b407\b/.exec(message)?.[0];
  const passing = /\bstatus (429|5\d\d)\b/.exec(message)?.[1];
  if (passing) return `its server${through} is not ready (${passing}): check its health`;
  const isUnreachable =
    /^(ConnectionRefused|ConnectionClosed|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN)/.test(code) ||
    /^Timeout/.test(nameOf(cause));
  if (!isUnreachable && !gateway) return null;
  const why = gateway ?? (code || nameOf(cause));
  return `its server cannot be reached${through} (${why}): check DATABASE_URL, and whether the server runs`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
