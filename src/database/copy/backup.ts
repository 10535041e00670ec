/**
 * A copy of a database file as it is at one moment, while others read and write it: whole, checked, synced, of another
 * epoch, and under its name only when it is all of that.
 */
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError, errorCode } from "../../errors.ts";
import { examine, refuseDamaged } from "../check/examine.ts";
import { openPlain } from "../engine.ts";
import { NEW_EPOCH } from "../epoch.ts";
import { nameCopy } from "../file/checkpoint.ts";
import { localPath } from "../file/create.ts";
import { readInstallation } from "../installation.ts";
import type { Database } from "../open.ts";
import { type Read, toResult } from "../result.ts";
import { DatabaseThread } from "../thread.ts";
import { type DatabaseConfig, redactedUrl } from "../url.ts";
import { exists, PartFile } from "./partfile.ts";

/** How far it is: bytes done, and bytes in all, some of which may not be needed. */
export type OnProgress = (what: string, done: number, total: number) => void;

export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
  readonly messages: number;
  readonly epoch: string;
  /** Of the newest message, by the database's own cursors. */
  readonly position: number;
}

const LOOK_MS = 200;

/** Throws {@link CommandError} when it cannot be made; nothing is left under the name then. */
export async function backUp(
  { read }: Database,
  config: DatabaseConfig,
  file: string,
  onProgress: OnProgress,
): Promise<BackedUp> {
  const path = localPath(config.url);
  if (path === null) throw remote(config, "backed up", "its server makes snapshots");
  const target = resolve(file);
  refuseOwnName(target, resolve(path));
  if (existsSync(target)) throw exists(file);
  const part = PartFile.take(`${target}.part`);
  try {
    await copyInto(part, read, config, onProgress);
    onProgress("checking the copy", 0, 0);
    const copy = await finish(part.path);
    part.publish(target);
    return { file: target, ...copy };
  } catch (cause) {
    throw unwritable(file, cause);
  } finally {
    part.end();
  }
}

/** One statement, which reads from one moment on: what is stored meanwhile waits in the log. */
async function copyInto(
  part: PartFile,
  read: Read,
  config: DatabaseConfig,
  onProgress: OnProgress,
): Promise<void> {
  const { rows } = await read(
    "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
  );
  const total = Number(rows[0]?.bytes);
  const timer = setInterval(() => onProgress("copying", part.bytes, total), LOOK_MS);
  const thread = new DatabaseThread(config, "listing");
  try {
    await thread.read({ sql: "VACUUM INTO ?", args: [part.path] });
  } finally {
    clearInterval(timer);
    await thread.close();
  }
}

async function finish(path: string): Promise<Omit<BackedUp, "file">> {
  const engine = await openPlain(path);
  try {
    engine.execute("PRAGMA journal_mode = MEMORY");
    const read: Read = async (statement) => toResult(engine.execute(statement));
    const { messages, bytes, findings } = await examine(read, { only: ["integrity"] });
    refuseDamaged("the database", findings);
    engine.transact([NEW_EPOCH, "SELECT 1"]);
    nameCopy(engine);
    const { epoch, position } = await readInstallation(read);
    return { bytes, messages, epoch, position };
  } finally {
    engine.close();
  }
}

/** The name of what the engine makes or reads beside the database. */
function refuseOwnName(target: string, path: string): void {
  const folder = dirname(target);
  if (!existsSync(folder))
    throw new CommandError(`the folder ${folder} is missing: make it, or name another`);
  const real = join(realpathSync(folder), basename(target));
  if (["-wal", "-shm", "-lock", "-journal"].some((end) => real === `${path}${end}`))
    throw new CommandError(`${target} would be taken for a part of the database: name another file`);
}

/** What cannot be done with a database behind a server. */
export function remote({ url }: DatabaseConfig, what: string, instead: string): CommandError {
  return new CommandError(
    `the database ${redactedUrl(url)} is behind a server, and cannot be ${what} from here: ${instead}`,
  );
}

function unwritable(file: string, cause: unknown): unknown {
  const code = errorCode(cause) ?? "";
  if (cause instanceof CommandError || /^SQLITE_(CORRUPT|NOTADB)/.test(code) || code === "") return cause;
  const why = /^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code) ? "its disk is full" : code;
  return new CommandError(`${file} could not be written: ${why}`, { cause });
}
