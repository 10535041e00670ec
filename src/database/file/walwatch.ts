/**
 * Whether anybody may have committed to a database file since the last question, without opening it: every commit is
 * written to its log, FILE-wal, and changes its size or its modification time. A false "no" lasts no longer than
 * {@link TRUSTED_MS}; a false "yes" costs a look into the database.
 */
import { statSync } from "node:fs";

/** The kernel counts modification times in steps of some milliseconds: two changes within one step look like one. */
const STEP_MS = 100;
/** A file system may update modification times late, or never. */
const TRUSTED_MS = 1_000;

export class WalWatch {
  readonly #log: string;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  #seen = "";
  #answeredYesAt = Number.NEGATIVE_INFINITY;

  /** `now` in milliseconds since 1970, as files' times are; `monotonic` of a clock that is never set. */
  constructor(path: string, now: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#log = `${path}-wal`;
    this.#now = now;
    this.#monotonic = monotonic;
  }

  mayHaveChanged(): boolean {
    const now = this.#now();
    const at = this.#monotonic();
    const log = statSync(this.#log, { throwIfNoEntry: false });
    const seen = log ? `${log.ino} ${log.size} ${log.mtimeMs}` : "none";
    const isFresh = log !== undefined && Math.abs(now - log.mtimeMs) < STEP_MS;
    const isOld = at - this.#answeredYesAt >= TRUSTED_MS;
    if (seen === this.#seen && !isFresh && !isOld) return false;
    this.#seen = seen;
    this.#answeredYesAt = at;
    return true;
  }
}
