/**
 * The files that a connection has open, and whether they are still those of their names. When one of them is removed,
 * moved, replaced or mounted over, no later start finds what is written from then on.
 */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { MainFile } from "./mainfile.ts";

/** The file that a path names now, as `device:inode`; null when it names none, or one that cannot be examined. */
export function fileId(path: string): string | null {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    return file ? `${file.dev}:${file.ino}` : null;
  } catch {
    return null;
  }
}

/** What happened, and to which file: the `code` of a {@link Misplacement}. */
export type MisplacementCode =
  | "INLET_FILE_MOVED"
  | "INLET_LOG_MOVED"
  | "INLET_INDEX_MOVED"
  /** A program other than SQLite wrote into the database file, as `cp` does. */
  | "INLET_FILE_CHANGED";

export class Misplacement extends Error {
  override readonly name = "Misplacement";
  readonly code: MisplacementCode;

  constructor(code: MisplacementCode) {
    super("the database's files are not the ones that are open");
    this.code = code;
  }
}

export class OpenFiles {
  readonly #path: string;
  /** The path without links: the engine puts the log beside the file that a link leads to. */
  readonly #real: string;
  /** The file itself, as `fileId` names it. */
  readonly main: string;
  readonly #log: string | null;
  readonly #index: string | null;
  #content: MainFile | null = null;
  #writtenAt: number | null = null;

  /** `main` is the file that a connection has just opened, and read from. Throws {@link Misplacement}. */
  constructor(path: string, main: string) {
    this.#path = path;
    this.main = main;
    if (fileId(path) !== main) throw new Misplacement("INLET_FILE_MOVED");
    this.#real = realpathSync(path);
    this.#log = fileId(`${this.#real}-wal`);
    this.#index = fileId(`${this.#real}-shm`);
  }

  /** From now on {@link misplacement} also tells of foreign writes into the file itself. */
  watchContent(): void {
    if (this.#index !== null) this.#content = MainFile.of(this.#real, `${this.main} ${this.#index}`);
  }

  /** What is wrong, or null. Four looks at the file system: some six microseconds. */
  misplacement(): Misplacement | null {
    if (!this.#isFileHere()) return new Misplacement("INLET_FILE_MOVED");
    const isLogHere = fileId(`${this.#real}-wal`) === this.#log;
    if (!isLogHere || fileId(`${this.#real}-shm`) !== this.#index) {
      // All of them may have gone between the first look and this one.
      if (!this.#isFileHere()) return new Misplacement("INLET_FILE_MOVED");
      return new Misplacement(isLogHere ? "INLET_INDEX_MOVED" : "INLET_LOG_MOVED");
    }
    return this.#content?.hasForeignWrites() ? new Misplacement("INLET_FILE_CHANGED") : null;
  }

  /** Checks both names: a relative one still finds the file when the working directory was moved or mounted over. */
  #isFileHere(): boolean {
    return fileId(this.#path) === this.main && fileId(this.#real) === this.main;
  }

  /** Whether the file itself was written since the last call: a hint to look more closely. */
  wereWritten(): boolean {
    const mtimeMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isFirst = this.#writtenAt === null;
    const isLater = this.#writtenAt !== mtimeMs;
    this.#writtenAt = mtimeMs;
    return isLater && !isFirst;
  }

  /** The path at which the open log can be read when it has lost its name; null when none is known. */
  get heldLog(): string | null {
    return this.#log && heldAs(this.#log);
  }

  get logPath(): string {
    return `${this.#real}-wal`;
  }

  /** The paths at which the open files can still be read. */
  held(): string[] {
    return [this.main, this.#log].flatMap((id) => (id && heldAs(id)) ?? []);
  }
}

/** The path below `/proc` of a file that this process has open. */
function heldAs(id: string): string | null {
  const folder = `/proc/${process.pid}/fd`;
  try {
    return (
      readdirSync(folder)
        .map((name) => `${folder}/${name}`)
        .find((path) => fileId(path) === id) ?? null
    );
  } catch {
    return null; // no /proc here
  }
}
