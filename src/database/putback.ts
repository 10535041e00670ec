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
} from "node:fs";
import { dirname } from "node:path";
import { causeCode } from "../errors.ts";
import type { OpenFiles } from "./openfiles.ts";

/** Its salts, of which each log has its own, are in it (https://www.sqlite.org/fileformat2.html#walformat). */
const HEADER_BYTES = 32;

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
    return causeCode(error) === "EEXIST" && isCopy(files.logPath, held);
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Whether another process of ours was there first. */
function isCopy(path: string, held: string): boolean {
  try {
    return statSync(path).size >= statSync(held).size && start(path).equals(start(held));
  } catch {
    return false;
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
