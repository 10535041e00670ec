/** Keeps `last_used_at`, at most once a minute for each key and in the background: a connect costs no write. */
import type { Database } from "../database/open.ts";
import { ApiError } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { touchKeys } from "./store.ts";

/** How exact `last_used_at` is. */
const INTERVAL_MS = 60_000;
/** How long uses are gathered before they are written in one statement. */
const GATHER_MS = 1_000;

const unwritten = new ThrottledLog("last_used_at could not be written");

export class KeyUsage {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  /** When each key's use was last noted, by the monotonic clock; forgotten once it no longer holds anything back. */
  readonly #noted = new Map<number, number>();
  /** Used, and not written yet. */
  #pending = new Set<number>();
  /** Set while uses are gathered: all of a second go in one write. */
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `now` is what is written, in ms since 1970; `monotonic`, which is never set, says how often. */
  constructor(database: Database, now: () => number, monotonic: () => number) {
    this.#database = database;
    this.#now = now;
    this.#monotonic = monotonic;
  }

  note(keyId: number): void {
    const at = this.#monotonic();
    if (at - (this.#noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < INTERVAL_MS) return;
    this.#noted.set(keyId, at);
    this.#pending.add(keyId);
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Writes what was gathered. A failure costs nothing but the exactness of a time, and is logged. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const ids = [...this.#pending];
    this.#pending = new Set();
    const now = this.#monotonic();
    for (const [keyId, at] of this.#noted) if (now - at >= INTERVAL_MS) this.#noted.delete(keyId);
    if (ids.length === 0) return;
    try {
      await touchKeys(this.#database, ids, this.#now());
    } catch (error) {
      if (!(error instanceof ApiError)) unwritten.count({ keys: ids.length, ...errorFields(error) });
    }
  }
}
