/**
 * A log that was removed while it was open: a copy of it is given its name, so that the next process finds in it what was
 * acknowledged. No other log is overwritten for that; one that somebody began meanwhile is filled where it has nothing.
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

/** Its salts, of which each log has its own, are in it (https://www.sqlite.org/fileformat2.html#walformat). */
const HEADER_BYTES = 32;
const PAGE_BYTES_AT = 8;
const FRAME_HEADER_BYTES = 24;
/** More than a page with its header: what was being written when it was copied. */
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

/** Whether a log of that name has, or now gets, all that the one which is held has. */
function complete(path: string, held: string): boolean {
  try {
    const began = start(path);
    if (began.every((byte) => byte === 0)) fill(path, held);
    else if (!began.equals(start(held))) return false;
    // Another process of ours was there first. What this one committed since, and told nobody, is put behind its copy: the
    // log's index, which they share, counts it. A log only grows for as long as its salts are the same.
    const size = statSync(path).size;
    if (size < statSync(held).size) append(path, held, Math.max(HEADER_BYTES, size - OVERLAP_BYTES));
    return true;
  } catch {
    return false;
  }
}

/**
 * Who opens the database while its log has no name begins another one, without a header: its index says that there is a
 * log. What such a one commits follows, in the place that the index gives it, on what the held one has, and the two have
 * no page in common. The header comes last: without it there is nothing to be read.
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

/** What is in both from there on is the same. */
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
