/**
 * Puts a copy in a database's place. The copy itself is only read. What is put there was checked and has another epoch;
 * what was there is kept under another name. A process that dies on the way leaves the one or the other.
 */
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CommandError, errorCode } from "../../errors.ts";
import { type Actor, audited } from "../audit.ts";
import { type CheckName, examine, type Finding } from "../check/examine.ts";
import { openPlain } from "../engine.ts";
import { NEW_EPOCH } from "../epoch.ts";
import { nameCopy } from "../file/checkpoint.ts";
import { localPath } from "../file/create.ts";
import { fileId } from "../file/openfiles.ts";
import { type Installation, readInstallation } from "../installation.ts";
import { type Read, toResult } from "../result.ts";
import type { DatabaseConfig } from "../url.ts";
import { type OnProgress, remote } from "./backup.ts";
import { carryOver } from "./carry.ts";
import { PartFile } from "./partfile.ts";
import { replaceDatabase } from "./replace.ts";
import { refuseUnfinished } from "./unfinished.ts";

export interface Restored {
  readonly database: string;
  /** Where what was there is now; null where nothing was. */
  readonly replaced: string | null;
  readonly messages: number;
  readonly epoch: string;
  readonly position: number;
  /** Keys that had been revoked since the copy was made, and are again. */
  readonly revoked: number;
  /** What is wrong with the copy, and keeps nobody from serving it. */
  readonly findings: readonly Finding[];
}

const CHUNK_BYTES = 4 * 1024 * 1024;
/** With these a copy cannot be served at all. */
const REFUSED: ReadonlySet<CheckName> = new Set(["integrity", "migrations", "tables", "text"]);

export interface RestoreOptions {
  /** The trail of what is put there says who did it. */
  readonly actor: Actor;
  readonly now: Date;
  readonly onProgress: OnProgress;
}

/** Throws {@link CommandError}; then everything is as it was. */
export async function restore(
  config: DatabaseConfig,
  file: string,
  { actor, now, onProgress }: RestoreOptions,
): Promise<Restored> {
  const path = localPath(config.url);
  if (path === null) throw remote(config, "restored", "its server has the files");
  const target = resolve(path);
  refuseUnfinished(file);
  refuseItself(file, target);
  const part = PartFile.take(`${target}.restoring`);
  try {
    part.giveToOwnerOf(existsSync(target) ? target : dirname(target));
    await copyBytes(file, part, onProgress);
    onProgress("checking the copy", 0, 0);
    const copy = await prepare(part.path, file);
    onProgress("putting it in its place", 0, 0);
    let revoked = 0;
    let restored = { epoch: "", position: 0 };
    const replaced = await replaceDatabase(config, target, part, now, async (old) => {
      if (old !== null) revoked = await carryOver(old, part.path);
      restored = await note(part.path, actor, file);
    });
    const { epoch, position } = restored;
    return { database: target, replaced, revoked, epoch, position, ...copy };
  } finally {
    part.end();
  }
}

function refuseItself(file: string, target: string): void {
  if (fileId(file) === fileId(target)) throw new CommandError(`${file} is the database itself: name a copy`);
}

async function copyBytes(file: string, part: PartFile, onProgress: OnProgress): Promise<void> {
  let source: FileHandle | null = null;
  try {
    source = await open(file, "r");
    const { size } = await source.stat();
    const bytes = Buffer.alloc(CHUNK_BYTES);
    const target = await open(part.path, "r+");
    try {
      for (let at = 0; ; ) {
        const { bytesRead } = await source.read(bytes, 0, CHUNK_BYTES, at);
        if (bytesRead === 0) break;
        for (let done = 0; done < bytesRead; )
          done += (await target.write(bytes, done, bytesRead - done, at + done)).bytesWritten;
        at += bytesRead;
        onProgress("copying", at, size);
      }
    } finally {
      await target.close();
    }
  } catch (cause) {
    throw new CommandError(
      `${file} could not be copied to ${part.path}: ${errorCode(cause) ?? String(cause)}`,
      {
        cause,
      },
    );
  } finally {
    await source?.close();
  }
}

/** Checks what is to be put there, names it, and leaves nothing of it beside the file. */
async function prepare(path: string, file: string) {
  const engine = await openPlain(path);
  try {
    const read: Read = async (statement) => toResult(engine.execute(statement));
    readOrRefuse(() => engine.execute("PRAGMA journal_mode = DELETE"), file);
    const { messages, findings } = await examine(read);
    const [bad] = findings.filter(({ check }) => REFUSED.has(check));
    if (bad) throw new CommandError(`${file} cannot be restored: ${bad.finding}`);
    nameCopy(engine);
    return { messages, findings };
  } finally {
    engine.close();
  }
}

/** Gives it another epoch, and its trail the entry of the restore: the last, behind those that it takes over. */
async function note(path: string, actor: Actor, file: string): Promise<Installation> {
  const engine = await openPlain(path);
  try {
    engine.transact([NEW_EPOCH, ...audited({ actor }, "database.restore", { file })]);
    return await readInstallation(async (statement) => toResult(engine.execute(statement)));
  } finally {
    engine.close();
  }
}

function readOrRefuse(work: () => unknown, file: string): void {
  try {
    work();
  } catch (cause) {
    if (!/^SQLITE_(NOTADB|CORRUPT)/.test(errorCode(cause) ?? "")) throw cause;
    throw new CommandError(`${file} cannot be restored: it is no database, or a damaged one`, { cause });
  }
}
