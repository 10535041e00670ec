/** What is wrong with a database, in words that say what to do. */
import { causeCode, Refusal } from "../errors.ts";
import { databasePath, shownDatabaseUrl } from "./url.ts";

/** libSQL's extended codes that it has no names for: SQLITE_READONLY_CANTLOCK, _DIRECTORY and their like. */
const UNNAMED_READONLY = /^UNKNOWN_SQLITE_ERROR_(264|520|776|1032|1288|1544)$/;

const LOCAL: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_NOTADB/, "it is not a database: name another file, or move this one away"],
  [/^SQLITE_CORRUPT/, "it is damaged: restore a backup"],
  [/^SQLITE_(READONLY|PERM|AUTH)/, "it or its folder is not writable: check owner and permissions"],
  [UNNAMED_READONLY, "it or its folder is not writable: check owner and permissions"],
  [/^SQLITE_CANTOPEN/, "it cannot be opened: it must be a regular file in a writable folder"],
  [
    /^SQLITE_IOERR_(DIR_)?FSYNC/,
    "a sync to the disk failed: see to the disk, and whether what was written last is there",
  ],
  [/^SQLITE_(FULL|IOERR)/, "the disk is full or failing"],
  [/^SQLITE_(BUSY|LOCKED)/, "another process has it locked for too long"],
];

/** A {@link Refusal} for an error of a database, or the error itself when it is none that we know. */
export function unusable(url: string, cause: unknown): unknown {
  if (cause instanceof Refusal) return cause;
  const code = causeCode(cause) ?? "";
  const why =
    databasePath(url) === null ? remoteFault(cause, code) : LOCAL.find(([form]) => form.test(code))?.[1];
  return why ? new Refusal(`the database ${shownDatabaseUrl(url)} cannot be used: ${why}`, { cause }) : cause;
}

function remoteFault(cause: unknown, code: string): string | null {
  const message = cause instanceof Error ? cause.message : "";
  if (/\b(401|403)\b/.test(message)) return "its server refuses us: see to DATABASE_AUTH_TOKEN";
  if (
    /^(ConnectionRefused|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN)/.test(code) ||
    /^Timeout/.test(nameOf(cause))
  ) {
    return `its server cannot be reached (${code || nameOf(cause)}): see to DATABASE_URL, and whether it runs`;
  }
  return null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
