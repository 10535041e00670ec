/**
 * A file in the making: under the name that it is to have there is nothing, or all of it, synced. What a process that was
 * killed has left of one is taken away by the next that makes the same.
 */
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { CommandError, errorCode } from "../../errors.ts";
import { lockFile } from "../../platform/libc.ts";
import { beforeDeath } from "../../platform/signals.ts";

/** What the engine may lay beside a database. */
const ENDS = ["-journal", "-wal", "-shm"];

export class PartFile {
  readonly path: string;
  readonly #fd: number;
  readonly #forget: () => void;

  private constructor(path: string, fd: number, forget: () => void) {
    this.path = path;
    this.#fd = fd;
    this.#forget = forget;
  }

  /** An empty one, readable by its owner alone. Throws {@link CommandError} when somebody else makes it, or it cannot be made. */
  static take(path: string): PartFile {
    let isOurs = false;
    // A signal that comes right behind the file's beginning is heard, too.
    const forget = beforeDeath(() => {
      if (isOurs) rmWithEnds(path);
    });
    try {
      removeLeftover(path);
      const { O_RDWR, O_CREAT, O_EXCL } = constants;
      const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
      if (!lockFile(fd)) throw new CommandError(`${path} is being written by another process`);
      isOurs = true;
      return new PartFile(path, fd, forget);
    } catch (cause) {
      forget();
      if (cause instanceof CommandError) throw cause;
      throw new CommandError(`${path} cannot be made: ${errorCode(cause) ?? String(cause)}`, { cause });
    }
  }

  get fd(): number {
    return this.#fd;
  }

  get bytes(): number {
    return fstatSync(this.#fd).size;
  }

  /** Gives it to the owner of another file, where this process may: a service must be able to open what root restored. */
  giveToOwnerOf(path: string): void {
    if (process.getuid?.() !== 0) return;
    const { uid, gid } = statSync(path);
    chownSync(this.path, uid, gid);
  }

  /** Gives it a name that nothing has. Throws {@link CommandError} when something has it meanwhile. */
  publish(path: string): void {
    fsyncSync(this.#fd);
    try {
      linkSync(this.path, path);
    } catch (cause) {
      const code = errorCode(cause);
      if (code === "EEXIST") throw exists(path);
      // Where a file has one name only, it is looked first; nothing else can be done there.
      if (statSync(path, { throwIfNoEntry: false })) throw exists(path);
      renameSync(this.path, path);
    }
    rmSync(this.path, { force: true });
    syncFolder(path);
  }

  /** Puts it in another's place. */
  replace(path: string): void {
    fsyncSync(this.#fd);
    renameSync(this.path, path);
    syncFolder(path);
  }

  /** Lets go of it, and takes it away where it was given no other name. Once the engine has closed it. */
  end(): void {
    this.#forget();
    rmWithEnds(this.path);
    closeSync(this.#fd);
  }
}

export function exists(path: string): CommandError {
  return new CommandError(`${path} exists, and nothing is overwritten: name another file, or move it away`);
}

export function syncFolder(path: string): void {
  const fd = openSync(dirname(path), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeLeftover(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    if (!lockFile(fd)) throw new CommandError(`${path} is being written by another process`);
    rmWithEnds(path);
  } finally {
    closeSync(fd);
  }
}

function rmWithEnds(path: string): void {
  for (const end of ["", ...ENDS]) rmSync(`${path}${end}`, { force: true });
}
