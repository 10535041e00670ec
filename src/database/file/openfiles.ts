/**
 * The files that a connection has open, and whether they are still those of their names. Who removes, moves or replaces
 * one of them, or mounts something over it, takes what is written from then on away from every later start.
 */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { MainFile } from "./mainfile.ts";

/** Which file a path names now, as `device:inode`; null where it names none, or none that can be looked at. */
export function fileId(path: string): string | null {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    return file ? `${file.dev}:${file.ino}` : null;
  } catch {
    return null;
  }
}

/** What happened to which file. Each is a `code` of {@link Misplacement}. */
export type MisplacementCode =
  | "INLET_FILE_MOVED"
  | "INLET_LOG_MOVED"
  | "INLET_INDEX_MOVED"
  /** Somebody else wrote into the database file: neither SQLite nor a copy moved into its place does. */
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
  /** Where the engine put the log: beside what a link leads to. */
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

  /** Four looks at the file system: some six microseconds. */
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

  /** By both names: a relative one still finds it when the folder in which this process began was moved or covered. */
  #isFileHere(): boolean {
    return fileId(this.#path) === this.main && fileId(this.#real) === this.main;
  }

  /** Whether the file itself was written since the last question: a hint, for who then looks more closely. */
  wereWritten(): boolean {
    const mtimeMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isFirst = this.#writtenAt === null;
    const isLater = this.#writtenAt !== mtimeMs;
    this.#writtenAt = mtimeMs;
    return isLater && !isFirst;
  }

  /** Where the open log can still be read when it has lost its name; null where that cannot be found out. */
  get heldLog(): string | null {
    return this.#log && heldAs(this.#log);
  }

  get logPath(): string {
    return `${this.#real}-wal`;
  }

  /** Where what is open can still be read. */
  held(): string[] {
    return [this.main, this.#log].flatMap((id) => (id && heldAs(id)) ?? []);
  }
}

/** The name under `/proc` of a file that this process has open. */
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
