/**
 * The one process that moves the log of a database file into it: the holder of its lock. The others ask for the
 * lock again and again, so that somebody has it soon after its holder ended, however that happened.
 */
import { errorFields } from "../../log/log.ts";
import { ThrottledLog } from "../../log/throttled.ts";
import { isMisplaced, isSyncFailure } from "../failure.ts";
import type { Result } from "../result.ts";
import { isComplete } from "./checkpoint.ts";
import { FileLock } from "./filelock.ts";
import { type LogState, readLogState } from "./logfile.ts";
import { WalWatch } from "./walwatch.ts";

export interface CheckpointerOptions {
  /** The log is moved at so many pages (16 MB), so that a page which many commits change is written once for all. */
  readonly pages: number;
  /** How often the log is looked at. At 5,000 texts a second it grows by 1.4 MB in 100 ms. */
  readonly everyMs: number;
  /** How often it asks for a lock that another holds, and moves a log again that a reader keeps from ending. */
  readonly againMs: number;
  /** From this size of the log on, the operator is told. */
  readonly largeBytes: number;
}

export const USUAL: CheckpointerOptions = {
  pages: 4_000,
  everyMs: 100,
  againMs: 1_000,
  largeBytes: 64 * 1024 * 1024,
};
export class Checkpointer {
  readonly #path: string;
  readonly #checkpoint: () => Promise<Result>;
  readonly #onError: (error: unknown) => void;
  readonly #options: CheckpointerOptions;
  readonly #changes: WalWatch;
  readonly #tooLarge = new ThrottledLog(
    "the database's log cannot be emptied while a transaction that another program keeps open reads from it, and grows with each text: end that program (a sqlite3 shell, a backup)",
  );
  readonly #failed = new ThrottledLog("the database's log could not be moved into the database", "error");
  /** Plain counters for the metrics; only the process that holds the lock moves anything. */
  readonly stats = { complete: 0, partial: 0, failed: 0 };
  #lock: FileLock | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #running: Promise<void> | null = null;
  /** The salt of the log whose first commit is ours; null while none is known. */
  #salt: string | null = null;
  /** Nothing is tried before this moment, in ms of the monotonic clock. */
  #notBefore = 0;

  /** `checkpoint` moves the log, on the thread that writes; `onError` is told when it cannot. */
  constructor(
    path: string,
    checkpoint: () => Promise<Result>,
    onError: (error: unknown) => void,
    options = USUAL,
  ) {
    this.#path = path;
    this.#onError = onError;
    this.#checkpoint = checkpoint;
    this.#options = options;
    this.#changes = new WalWatch(path);
  }

  start(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), this.#options.everyMs);
  }

  /** Waits for the checkpoint that is running, and hands over the lock if this process holds it. */
  async stop(): Promise<FileLock | null> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#running;
    const lock = this.#lock;
    this.#lock = null;
    return lock;
  }

  #look(): void {
    if (this.#running !== null || performance.now() < this.#notBefore) return;
    try {
      if (this.#lock === null && !this.#take()) return this.#wait();
      // Also when this process has just taken the lock: its last holder may have died in the middle.
      if (!this.#changes.mayHaveChanged()) return;
      const log = readLogState(this.#path);
      if (log !== null && log.salt === this.#salt && log.pages < this.#options.pages) return;
      this.#running = this.#move().finally(() => {
        this.#running = null;
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(): boolean {
    this.#lock = FileLock.take(this.#path);
    this.#lock?.holdForLong(true);
    return this.#lock !== null;
  }

  async #move(): Promise<void> {
    try {
      const result = await this.#checkpoint();
      this.stats[isComplete(result) ? "complete" : "partial"]++;
      const log = readLogState(this.#path);
      this.#salt = isComplete(result) ? (log?.salt ?? null) : this.#salt;
      // A reader may keep the log from beginning anew although all of it was moved.
      if (!isComplete(result) || (log?.pages ?? 0) >= this.#options.pages) this.#wait();
      this.#watch(log);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * While somebody reads from the log it cannot begin anew, and grows with what is stored meanwhile. Nothing is refused
   * for that: a text is better kept while the disk has room. On a full disk writes fail as they always do there.
   * `journal_size_limit` makes the file small again after the reader's end.
   */
  #watch(log: LogState | null): void {
    const bytes = (log?.pages ?? 0) * 4096;
    if (bytes >= this.#options.largeBytes) this.#tooLarge.count({ megabytes: Math.round(bytes / 1_000_000) });
  }

  #wait(): void {
    this.#notBefore = performance.now() + this.#options.againMs;
  }

  #fail(error: unknown): void {
    this.stats.failed++;
    this.#onError(error);
    // The database's health has already logged these.
    if (!isSyncFailure(error) && !isMisplaced(error)) this.#failed.count(errorFields(error));
    this.#wait();
  }
}
