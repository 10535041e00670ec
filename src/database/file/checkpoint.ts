/**
 * Moves what is in a database's log into the file, and names the log and the file so that each can be told from
 * others of its kind (see logcheck.ts).
 *
 * libSQL's SQLite (3.45.1) carries the WAL-reset bug (https://www.sqlite.org/wal.html#walresetbug): a checkpoint
 * that starts while a commit of another connection begins the log anew makes a later one skip committed pages. No
 * commit can do that while the write lock is held, so a checkpoint is made by a second connection while the first
 * one holds it. PASSIVE needs no lock that the first one holds; the other kinds want the write lock for themselves, and
 * without it silently become a PASSIVE.
 */
import { isBusy } from "../failure.ts";
import type { LocalEngine } from "../local.ts";
import { type FlatResult, type Result, toResult } from "../result.ts";
import { readLogState } from "./logfile.ts";

/** Does the work in one transaction. When it fails, the owner of the engine closes it. */
function inTransaction<T>(engine: LocalEngine, work: () => T): T {
  engine.execute("BEGIN IMMEDIATE");
  const result = work();
  engine.execute("COMMIT");
  return result;
}

/**
 * Resolves to the row of `PRAGMA wal_checkpoint`: busy, pages in the log, pages moved into the file. `writer` waits for
 * the write lock; `copier` is another connection of the same thread; the log lies beside `path`.
 */
export function checkpoint(writer: LocalEngine, copier: LocalEngine, path: string): FlatResult {
  const wasOpen = seal(writer);
  let result = move(writer, copier);
  // A log that was sealed before may have been copied since: it is moved under a name that no copy has.
  if (!wasOpen && isComplete(toResult(result))) {
    rename(writer);
    result = move(writer, copier);
  }
  if (isComplete(toResult(result))) beginLog(writer, path);
  return result;
}

function move(writer: LocalEngine, copier: LocalEngine): FlatResult {
  return inTransaction(writer, () => copier.execute("PRAGMA wal_checkpoint(PASSIVE)"));
}

/** Whether all of the log was moved into the file. If not, somebody still reads an earlier state. */
export function isComplete({ rows: [row] }: Result): boolean {
  return row?.busy === 0 && row.log === row.checkpointed;
}

/**
 * Marks the end of what the log says before it is moved: a file that holds this was made by a checkpoint, and is no
 * copy made while the log was written. True when it was not marked before.
 */
export function seal(engine: LocalEngine): boolean {
  return inTransaction(engine, () => {
    const id = header(engine, "user_version");
    if (isOpen(id)) engine.execute(`PRAGMA user_version = ${sealed(id)}`);
    return isOpen(id);
  });
}

/** Gives the log a new name. The commit may be the first of a log: the file beneath keeps the previous name. */
function rename(engine: LocalEngine): void {
  inTransaction(engine, () => {
    engine.execute(`PRAGMA application_id = ${header(engine, "user_version")}`);
    engine.execute(`PRAGMA user_version = ${sealed(nameOf(random(), null))}`);
  });
}

/** The name of a copy, which is not open: no log was ever begun on it, so that none is taken for its own. */
export function nameCopy(engine: LocalEngine): void {
  engine.execute(`PRAGMA user_version = ${sealed(nameOf(random(), null))}`);
}

/** 32 random bits. */
function random(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** Whether the log could be ended: moved and removed under the engine's exclusive lock. */
export function endLog(engine: LocalEngine): boolean {
  try {
    seal(engine);
    engine.execute("PRAGMA busy_timeout = 0");
    return engine.execute("PRAGMA journal_mode = DELETE").values[0] === "delete";
  } catch (cause) {
    // Not thrown: the connection would be closed for it, and would then itself keep the file open.
    if (isBusy(cause)) return false;
    throw cause;
  }
}

/**
 * The first commit of the log that now begins (where a reader keeps the old one from ending, a later one of that):
 * a new name, and the name of the file beneath. Then the log is there, and the name tells which one it is of.
 */
function beginLog(engine: LocalEngine, path: string): void {
  const chance = random();
  inTransaction(engine, () => {
    engine.execute(`PRAGMA application_id = ${header(engine, "user_version")}`);
    engine.execute(`PRAGMA user_version = ${nameOf(chance, null)}`);
  });
  const log = readLogState(path);
  if (log === null) return;
  inTransaction(engine, () => engine.execute(`PRAGMA user_version = ${nameOf(chance, log.salt)}`));
}

/** Of 31 bits: 12 of the log's salt, which grows by one with each log of a file, 18 of chance, and one for "open". */
function nameOf(chance: number, salt: string | null): number {
  return ((salt === null ? chance >>> 20 : saltBits(salt)) << 19) | (((chance & 0x3ffff) << 1) | 1);
}

/** Whether two names are one, but for the salt: it is known only after the first commit. */
export function isSameName(one: number, other: number): boolean {
  return (one & 0x7ffff) === (other & 0x7ffff);
}

/** Whether a name was given to the log with this salt. False for one that a foreign program let begin. */
export function isNameOf(id: number, salt: string): boolean {
  return id >>> 19 === saltBits(salt);
}

function saltBits(salt: string): number {
  return Number.parseInt(salt.slice(5, 8), 16);
}

/** Odd while its log is written. */
export function isOpen(id: number): boolean {
  return (id & 1) === 1;
}

export function sealed(id: number): number {
  return id & ~1;
}

function header(engine: LocalEngine, field: string): number {
  return Number(engine.execute(`PRAGMA ${field}`).values[0] ?? 0);
}
