/**
 * Who may move the log of a database file into it: whoever holds the lock of FILE-lock. The lock is the kernel's
 * (`flock`) and ends with the process, however that ends. It is on a file of its own, because to close any descriptor of
 * the database would drop SQLite's locks on it.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { lockFile } from "../../platform/libc.ts";
import { readStart } from "./filestart.ts";

const RESTORE = "restore";
/** The word, and a process id. */
const MAX_PURPOSE_BYTES = 32;

export class FileLock {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Null when somebody else holds it. Throws the system's error when the file cannot be made. */
  static take(databasePath: string): FileLock | null {
    const path = `${databasePath}-lock`;
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    for (;;) {
      const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
      giveToOwner(fd, databasePath);
      if (!lockFile(fd)) {
        closeSync(fd);
        return null;
      }
      // Its last holder may have removed the file between our opening and our locking it.
      if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) return new FileLock(path, fd);
      closeSync(fd);
    }
  }

  /** Whether a service or a restore holds it, and not a command that is about to let go. */
  static isHeldForLong(databasePath: string): boolean {
    return purposeOf(databasePath) !== "";
  }

  /** The process id of the service that holds it, or held it and was killed; null where there is none. */
  static holder(databasePath: string): number | null {
    return Number.parseInt(purposeOf(databasePath), 10) || null;
  }

  /** Whether its holder is about to put another file in the database's place. */
  static isHeldForRestore(databasePath: string): boolean {
    return purposeOf(databasePath).startsWith(RESTORE);
  }

  /** Says for how long it is meant to be held. */
  holdForLong(isLong: boolean): void {
    ftruncateSync(this.#fd);
    if (isLong) writeSync(this.#fd, `${process.pid}\n`, 0);
  }

  /** Says that the database is being replaced: from now on nobody starts with it. */
  holdForRestore(): void {
    ftruncateSync(this.#fd);
    writeSync(this.#fd, `${RESTORE} ${process.pid}\n`, 0);
  }

  /** Removes the file, while the lock is still held. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }

  release(): void {
    closeSync(this.#fd);
  }
}

/** What its holder wrote into it, or its last holder, if nobody holds it. */
function purposeOf(databasePath: string): string {
  return readStart(`${databasePath}-lock`, MAX_PURPOSE_BYTES).toString("latin1");
}

/** As SQLite does with its files: the service's own user must be able to use what an administrator's command made. */
function giveToOwner(fd: number, databasePath: string): void {
  if (process.getuid?.() !== 0) return;
  const database = statSync(databasePath, { throwIfNoEntry: false });
  if (database && database.uid !== fstatSync(fd).uid) fchownSync(fd, database.uid, database.gid);
}
