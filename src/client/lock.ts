/**
 * One client for each state file. The lock is the kernel's (`flock`) and goes with the process, however that ends:
 * nothing is left that would have to be judged stale.
 */
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { CommandError, errorCode } from "../errors.ts";
import { lockFile } from "../platform/libc.ts";

/** Locks `FILE.lock`, which stays behind, and returns what lets go of it. Throws {@link CommandError}. */
export function lockFor(path: string): () => void {
  const lock = `${path}.lock`;
  let fd: number;
  try {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    fd = openSync(lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new CommandError(`cannot write ${lock}: ${errorCode(cause) ?? String(cause)}`, { cause });
  }
  if (!lockFile(fd)) {
    const holder = /^\d{1,10}$/.exec(readFileSync(lock, "utf8").slice(0, 20).trim())?.[0];
    closeSync(fd);
    throw new CommandError(
      `${path} is in use by another inlet tail${holder ? ` (process ${holder})` : ""}: each needs a state file of its own`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  let isHeld = true;
  return () => {
    // The number of a file that was closed may be another file's by now.
    if (isHeld) closeSync(fd);
    isHeld = false;
  };
}
