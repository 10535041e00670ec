/**
 * Puts a file in a database's place while nobody has that open. What was there gets another name first, and its place at no
 * moment is empty. A log of it is moved into it before; where that cannot be done because it is damaged, the log is kept
 * beside it, and until it is gone from its old place no start takes it for the new file's (logcheck.ts).
 */
import { constants, copyFileSync, existsSync, linkSync, rmSync, statSync } from "node:fs";
import { CommandError, errorCode } from "../../errors.ts";
import { Connection } from "../connection.ts";
import { FileLock } from "../file/filelock.ts";
import { refuseForeignLog } from "../file/logcheck.ts";
import type { Read } from "../result.ts";
import { PATIENT } from "../roles.ts";
import { type DatabaseConfig, redactedUrl } from "../url.ts";
import { type PartFile, syncFolder } from "./partfile.ts";

const PATIENCE_MS = 2_000;

/**
 * `finish` is given the database that is replaced, or null where it cannot be read. Resolves to the name under which the replaced file
 * is kept, or null where there was none. Throws {@link CommandError}.
 */
export async function replaceDatabase(
  config: DatabaseConfig,
  path: string,
  part: PartFile,
  now: Date,
  finish: (old: Read | null) => Promise<void>,
): Promise<string | null> {
  const lock = await takeLock(path);
  if (lock === null) throw inUse(config);
  try {
    lock.holdForRestore();
    const found = existsSync(path) ? await settle(config, path, finish) : "unreadable";
    if (found === "in use") throw inUse(config);
    if (found === "unreadable") await finish(null);
    const kept = keep(path, now);
    part.replace(path);
    for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
    syncFolder(path);
    lock.remove();
    return kept;
  } finally {
    lock.holdForLong(false);
    lock.release();
  }
}

/** A command that is about to end is waited for. */
async function takeLock(path: string): Promise<FileLock | null> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== null || FileLock.isHeldForLong(path) || performance.now() > deadline) return lock;
    await Bun.sleep(20);
  }
}

function tryLock(path: string): FileLock | null {
  try {
    return FileLock.take(path);
  } catch (cause) {
    throw new CommandError(`${path}-lock cannot be made or opened: ${errorCode(cause) ?? String(cause)}`, {
      cause,
    });
  }
}

/** Moves the log into the file, which SQLite does for who is alone with it. */
async function settle(
  config: DatabaseConfig,
  path: string,
  finish: (old: Read) => Promise<void>,
): Promise<"alone" | "in use" | "unreadable"> {
  try {
    refuseForeignLog(path, redactedUrl(config.url));
  } catch (error) {
    if (error instanceof CommandError) return "unreadable";
    throw error;
  }
  const connection = new Connection(config, PATIENT);
  try {
    const { rows } = await connection.read(
      "SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('__drizzle_migrations', 'keys', 'audit')",
    );
    if (!(await connection.endLog())) return "in use";
    if (Number(rows[0]?.n) < 3) return "unreadable";
    await finish(connection.read);
    return "alone";
  } catch (error) {
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(errorCode(error) ?? "")) return "unreadable";
    throw error;
  } finally {
    await connection.release();
  }
}

/** Gives what is there a second name. */
function keep(path: string, now: Date): string | null {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  let kept = `${path}.replaced-${stamp}Z`;
  for (let n = 2; existsSync(kept) || existsSync(`${kept}-wal`); n++)
    kept = `${path}.replaced-${stamp}Z-${n}`;
  // What an engine would do with a journal, it would do to the new file.
  const parts = ["", "-wal", "-journal"].filter((end) =>
    statSync(`${path}${end}`, { throwIfNoEntry: false }),
  );
  for (const end of parts) alsoNamed(`${path}${end}`, `${kept}${end}`);
  if (parts.length > 0) syncFolder(path);
  rmSync(`${path}-journal`, { force: true });
  return parts.length > 0 ? kept : null;
}

function alsoNamed(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch {
    // Where a file has one name only.
    copyFileSync(path, name, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

function inUse({ url }: DatabaseConfig): CommandError {
  return new CommandError(
    `the database ${redactedUrl(url)} is in use: stop the service, and whatever else has it open, and restore then`,
  );
}
