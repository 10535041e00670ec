/**
 * Whether anybody may have committed to a database file since the last question, without opening it: every commit is
 * written to its log, FILE-wal, whose size and time of change a look at the folder tells. Never a false "no" for
 * longer than {@link TRUSTED_MS}; a false "yes" costs a look into the database.
 */
import { statSync } from "node:fs";

/** The kernel notes the time of a change in steps of some milliseconds: two within one step look like one. */
const STEP_MS = 100;
/** A file system may tell the time of a change late, or not at all. */
const TRUSTED_MS = 1_000;

export class Changes {
  readonly #log: string;
  readonly #now: () => number;
  #seen = "";
  #answeredYesAt = Number.NEGATIVE_INFINITY;

  /** `now` in milliseconds since 1970. */
  constructor(path: string, now: () => number = Date.now) {
    this.#log = `${path}-wal`;
    this.#now = now;
  }

  mayHaveCome(): boolean {
    const now = this.#now();
    const log = statSync(this.#log, { throwIfNoEntry: false });
    const seen = log ? `${log.ino} ${log.size} ${log.mtimeMs}` : "none";
    const isFresh = log !== undefined && Math.abs(now - log.mtimeMs) < STEP_MS;
    const isOld = !(now - this.#answeredYesAt < TRUSTED_MS && now >= this.#answeredYesAt);
    if (seen === this.#seen && !isFresh && !isOld) return false;
    this.#seen = seen;
    this.#answeredYesAt = now;
    return true;
  }
}
