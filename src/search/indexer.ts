/**
 * Keeps the full-text index behind the messages, so that storing one costs nothing for it: in the background and in
 * small steps while webhooks are few, and up to the present moment whenever somebody searches. A step decides inside
 * its own transaction what is not indexed yet, so several processes may take steps at once.
 */
import type { Database } from "../database/open.ts";
import { ApiError, unavailable } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { Periodic } from "../platform/periodic.ts";
import { indexStep, LARGE_STEP_ROWS, STEP_ROWS } from "./fulltext.ts";

/** How often there is a look for what is not indexed. */
const INTERVAL_MS = 1_000;
/** Between two steps in the background, so that webhooks have their turn: some 6,000 messages a second. */
const PAUSE_MS = 10;
/** More new positions than this between two looks, and the writer is left to the webhooks … */
const BUSY_ROWS = 500;
/** … unless the index is so far behind that a search would have to wait for seconds. */
const MAX_BEHIND = 50_000;
/** How long a search waits for the index. */
const REACH_MS = 5_000;

const unindexed = new ThrottledLog("messages could not be indexed; it is tried again");

export class Indexer {
  readonly #database: Pick<Database, "readInBackground" | "write">;
  readonly #newest: () => number;
  /** It only grows, until {@link restart}: a step of another process may have gone further than the last of ours. */
  #through = 0;
  /** The newest position at the look before: how fast messages come. */
  #seen = 0;
  readonly #looks = new Periodic(() => this.#look());
  /** The step that is under way: two at once would index the same, and one of them for nothing. */
  #step: Promise<void> | null = null;
  /** A step of before says nothing of what is there now. */
  #restarts = 0;

  /** `newest` is the position that this process knows of, without looking. */
  constructor(database: Pick<Database, "readInBackground" | "write">, newest: () => number) {
    this.#database = database;
    this.#newest = newest;
  }

  /** The database is another: what is indexed of it is found out anew. */
  restart(): void {
    this.#restarts++;
    this.#through = 0;
    this.#seen = 0;
  }

  /** Everything up to here is indexed, as far as this process knows. */
  get through(): number {
    return this.#through;
  }

  start(): void {
    this.#looks.start(INTERVAL_MS);
  }

  stop(): void {
    this.#looks.stop();
  }

  /**
   * Resolves when everything up to `position` is indexed. Throws the fault `unavailable` when that takes too long,
   * as it does for a while after an index was begun over many messages.
   */
  async reach(position: number): Promise<void> {
    const deadline = performance.now() + REACH_MS;
    while (this.#through < position) {
      if (this.#looks.isStopped || performance.now() > deadline)
        throw unavailable(null, "The search index is not up to date yet.", 5);
      await this.#takeStep(LARGE_STEP_ROWS);
    }
  }

  /** Whoever wants a step while one is under way shares it. */
  #takeStep(rows: number): Promise<void> {
    const restarts = this.#restarts;
    this.#step ??= indexStep(this.#database, rows)
      .then((through) => {
        if (restarts === this.#restarts) this.#through = Math.max(this.#through, through);
      })
      .finally(() => {
        this.#step = null;
      });
    return this.#step;
  }

  async #look(): Promise<number> {
    const newest = this.#newest();
    const isBusy = newest - this.#seen > BUSY_ROWS;
    const behind = newest - this.#through;
    const isFar = behind > MAX_BEHIND;
    const isDue = isFar || (behind > 0 && !isBusy);
    this.#seen = newest;
    try {
      if (isDue) await this.#takeStep(isFar ? LARGE_STEP_ROWS : STEP_ROWS);
    } catch (error) {
      // A fault was said where it was found.
      if (!this.#looks.isStopped && !(error instanceof ApiError)) unindexed.count(errorFields(error));
      return INTERVAL_MS;
    }
    if (!isDue || this.#through >= newest) return INTERVAL_MS;
    return isFar ? 0 : PAUSE_MS;
  }
}
