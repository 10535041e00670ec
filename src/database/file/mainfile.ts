/**
 * Whether somebody else has written into the database file itself. While it is open only checkpoints do, and each says
 * so in FILE-shm before it begins and when it has ended (https://www.sqlite.org/walformat.html#the_wal_index_file_format):
 * a file that has changed without a checkpoint was overwritten, and what SQLite remembers is of another file.
 */
import { openSync, readSync, statSync } from "node:fs";

/** Offsets in FILE-shm: the log's salts, how many of its pages were moved, how many a checkpoint set out to move. */
const SALT = { at: 32, bytes: 8 };
const MOVED_AT = 96;
const ATTEMPTED_AT = 128;
const INDEX_BYTES = 136;
/** The database's header. Every checkpoint of ours changes it. */
const HEADER_BYTES = 100;

interface Look {
  /** When the file was last written, and its size. */
  readonly written: string;
  readonly size: bigint;
  /** Changes with each checkpoint. */
  readonly checkpoint: string;
  readonly header: Buffer;
}

/**
 * One for each file and thread, for ever: closing any descriptor of the database or of FILE-shm would drop all locks that
 * this process has on it (POSIX, fcntl).
 */
const known = new Map<string, MainFile>();

export class MainFile {
  readonly #path: string;
  readonly #file: number;
  readonly #index: number;
  readonly #indexBytes = Buffer.alloc(INDEX_BYTES);
  /** Null while the state is unknown, because a checkpoint was under way at the last look. */
  #seen: Look | null = null;

  private constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "r");
    this.#index = openSync(`${path}-shm`, "r");
    this.hasForeignWrites();
  }

  /** The file is open, and so is its log. `ids` tell these two files from others of the same names. */
  static of(path: string, ids: string): MainFile {
    const file = known.get(ids) ?? new MainFile(path);
    known.set(ids, file);
    return file;
  }

  /** Once true, it stays true. Takes some three microseconds, or seven when the file was written. */
  hasForeignWrites(): boolean {
    const before = this.#seen;
    const now = this.#look();
    if (now === "under way") {
      this.#seen = null;
      return false;
    }
    const isExplained =
      before === null ||
      before.written === now.written ||
      before.checkpoint !== now.checkpoint ||
      // Only touched: size and header are the same.
      (before.size === now.size && before.header.equals(now.header));
    if (isExplained) this.#seen = now;
    return !isExplained;
  }

  #look(): Look | "under way" {
    const first = this.#stat();
    const index = this.#indexBytes;
    readSync(this.#index, index, 0, INDEX_BYTES, 0);
    const moved = index.readUInt32LE(MOVED_AT);
    const isUnderWay = moved !== index.readUInt32LE(ATTEMPTED_AT);
    const checkpoint = `${index.toString("hex", SALT.at, SALT.at + SALT.bytes)} ${moved}`;
    if (this.#seen?.written === first.written) return { ...this.#seen, checkpoint };
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(this.#file, header, 0, HEADER_BYTES, 0);
    const { written, size } = this.#stat();
    if (isUnderWay || written !== first.written) return "under way";
    return { written, size, checkpoint, header };
  }

  #stat(): { written: string; size: bigint } {
    const { mtimeNs, size } = statSync(this.#path, { bigint: true });
    return { written: `${mtimeNs} ${size}`, size };
  }
}
