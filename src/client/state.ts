/**
 * Where a client got to, in a file that is replaced whole: after a crash at any moment it holds the last cursor or the
 * one before. Readable by its owner alone.
 */
import {
  closeSync, constants, fstatSync, fsyncSync, openSync, readSync, realpathSync, renameSync, rmSync, writeSync,
} from "node:fs"; // biome-ignore format: a list
import { dirname } from "node:path";
import { CommandError, errorCode } from "../errors.ts";
import { lockFor } from "./lock.ts";

export interface State {
  readonly cursor: string;
  /** Whom it is a position of: the server's URL, and the account, if it is known. */
  readonly url: string;
  readonly account: number | null;
}

const MAX_BYTES = 4_096;

export class StateFile {
  readonly #path: string;
  readonly #unlock: () => void;
  #held: State | null;

  /** Throws {@link CommandError} when it is in use, cannot be read, or holds something else. */
  constructor(path: string) {
    this.#path = target(path);
    this.#unlock = lockFor(this.#path);
    try {
      this.#held = readState(this.#path);
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  /** What it holds; null while there is none. */
  get held(): State | null {
    return this.#held;
  }

  /** It is on disk when this returns. Throws {@link CommandError}. */
  write(state: State): void {
    const path = this.#path;
    const next = `${path}.next`;
    try {
      // Left by a process that was killed. Whoever is to write here has the lock.
      rmSync(next, { force: true });
      const fd = openSync(next, "wx", 0o600);
      try {
        writeSync(fd, `${JSON.stringify(state)}\n`);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(next, path);
      syncFolder(dirname(path));
      this.#held = state;
    } catch (cause) {
      throw new CommandError(`cannot write ${path}: ${errorCode(cause) ?? String(cause)}`, { cause });
    }
  }

  close(): void {
    this.#unlock();
  }
}

/** Where a symbolic link leads: replacing the link itself would leave its file behind, old. */
function target(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A name is on disk once its folder is. */
function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readState(path: string): State | null {
  let text: string | null;
  try {
    text = readSmallFile(path);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === "ENOENT") return null;
    throw new CommandError(`cannot read ${path}: ${code ?? String(cause)}`, { cause });
  }
  const state = text === null ? null : parseState(text);
  if (state === null) {
    throw new CommandError(
      `${path} does not hold the state of an inlet tail: give --state another file, or remove this one to start anew`,
    );
  }
  return state;
}

/** Null when it is too large, or no file. */
function readSmallFile(path: string): string | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile() || size > MAX_BYTES) return null;
    const bytes = Buffer.alloc(MAX_BYTES);
    return bytes.toString("utf8", 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

function parseState(text: string): State | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { cursor, url, account } = value as Record<string, unknown>;
  if (typeof cursor !== "string" || !/^[\x21-\x7e]{1,200}$/.test(cursor)) return null;
  if (typeof url !== "string" || !URL.canParse(url)) return null;
  if (account !== null && !Number.isSafeInteger(account)) return null;
  return { cursor, url, account: account as number | null };
}
