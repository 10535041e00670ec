/**
 * Puts back a log that was removed while it was open: a copy gets its name, so that the next process finds what was
 * acknowledged. No other log is overwritten; one that somebody began meanwhile is filled where it is empty.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../../errors.ts";
import type { OpenFiles } from "./openfiles.ts";

/** The header holds the salts, which differ from log to log (https://www.sqlite.org/fileformat2.html#walformat). */
const HEADER_BYTES = 32;
const PAGE_BYTES_AT = 8;
const FRAME_HEADER_BYTES = 24;
/** More than a page with its header, which may have been half written when the log was copied. */
const OVERLAP_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Whether all that was acknowledged is under the log's name now. */
export function putLogBack(files: Pick<OpenFiles, "heldLog" | "logPath"> | null): boolean {
  const held = files?.heldLog;
  if (!files || !held) return false;
  const copy = `${files.logPath}.${process.pid}`;
  try {
    copyFileSync(held, copy, constants.COPYFILE_EXCL);
    chmodSync(copy, 0o600);
    sync(copy);
    linkSync(copy, files.logPath);
    sync(dirname(copy));
    return true;
  } catch (error) {
    return errorCode(error) === "EEXIST" && complete(files.logPath, held);
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Completes the log at `path` from the one that is held. False when it is a different log. */
function complete(path: string, held: string): boolean {
  try {
    const began = start(path);
    if (began.every((byte) => byte === 0)) fill(path, held);
    else if (!began.equals(start(held))) return false;
    // Another process of ours was first. What this one has committed since, without acknowledging it, is appended: the
    // log's index, which both share, counts it. A log only grows for as long as its salts are the same.
    const size = statSync(path).size;
    if (size < statSync(held).size) append(path, held, Math.max(HEADER_BYTES, size - OVERLAP_BYTES));
    return true;
  } catch {
    return false;
  }
}

/**
 * A process that opens the database while its log has no name makes a new one, without a header, because the index says
 * that there is a log. Its commits go where the index says, behind those of the held log, so that the two have no page in
 * common. The header is written last: without it nobody reads the log.
 */
function fill(path: string, held: string): void {
  const [source, target] = [openSync(held, "r"), openSync(path, "r+")];
  try {
    const header = start(held);
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES + header.readUInt32BE(PAGE_BYTES_AT));
    const taken = Buffer.alloc(FRAME_HEADER_BYTES);
    for (let at = HEADER_BYTES; ; at += bytes.length) {
      const count = readSync(source, bytes, 0, bytes.length, at);
      if (count === 0) break;
      const isTaken = readSync(target, taken, 0, taken.length, at) > 0 && taken.some((byte) => byte !== 0);
      if (!isTaken) writeAll(target, bytes, count, at);
    }
    fsyncSync(target);
    writeAll(target, header, header.length, 0);
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Copies from `from` on. What both files have there already is the same. */
function append(path: string, held: string, from: number): void {
  const [source, target] = [openSync(held, "r"), openSync(path, "r+")];
  try {
    const bytes = Buffer.alloc(CHUNK_BYTES);
    for (let at = from; ; ) {
      const count = readSync(source, bytes, 0, CHUNK_BYTES, at);
      if (count === 0) break;
      writeAll(target, bytes, count, at);
      at += count;
    }
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function writeAll(fd: number, bytes: Buffer, count: number, at: number): void {
  for (let done = 0; done < count; ) done += writeSync(fd, bytes, done, count - done, at + done);
}

function start(path: string): Buffer {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    return bytes.subarray(0, readSync(fd, bytes, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
