/**
 * A log that was removed while it was open: a copy of it is given its name, so that the next process finds in it what was
 * acknowledged. No other file is overwritten for that.
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
/** More than a page with its header: what was being written when it was copied. */
const OVERLAP_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Whether all that was acknowledged is under the log's name now. */
export function putLogBack(files: OpenFiles | null): boolean {
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

/**
 * Whether another process of ours was there first. What this one committed since, and told nobody, is put behind its copy:
 * the log's index, which they share, counts it. A log only grows for as long as its salts are the same.
 */
function complete(path: string, held: string): boolean {
  try {
    if (!start(path).equals(start(held))) return false;
    const size = statSync(path).size;
    if (size < statSync(held).size) append(path, held, Math.max(HEADER_BYTES, size - OVERLAP_BYTES));
    return true;
  } catch {
    return false;
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
      for (let done = 0; done < count; ) done += writeSync(target, bytes, done, count - done, at + done);
      at += count;
    }
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
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
