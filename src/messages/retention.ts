/**
 * Removes what is older than retention keeps, in small steps, cursors kept honest: of the accounts that have no retention
 * of their own a prefix of the stream, and of each that has one a prefix of what is its own.
 */
import type { Database } from "../database/open.ts";
import { ApiError } from "../errors.ts";
import { errorFields, log } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { Periodic } from "../platform/periodic.ts";
import { sweepCanaries } from "./canaries.ts";
import { ClockCheck } from "./clockcheck.ts";
import { DATABASE_NOW } from "./insert.ts";
import { NOTHING_PASSED, type Passed, pruneNext, pruneRemains } from "./pruning.ts";
import { pruneRetentions } from "./retentions.ts";

/** Between two steps, so that webhooks and commands have their turn: 3,000 rows a second, 500 on a busy machine. */
const PAUSE_MS = 20;
/** How often there is a look for what has become too old. */
const INTERVAL_MS = 60_000;
/** How often it is written down that there was a look: seldom enough to cost nothing. */
const MARK_MS = 3_600_000;

export interface Clocks {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
}

const unremoved = new ThrottledLog("old messages could not be removed; it is tried again");

/** Prunes in the background until stopped. */
export class Retention {
  readonly #database: Database;
  readonly #retentionMs: number;
  readonly #clocks: Clocks;
  readonly #check = new ClockCheck();
  #passed: Passed = NOTHING_PASSED;
  /** Accounts with a retention of their own up to this one have had their look in this round; 0 before the first. */
  #lookedAt = 0;
  /** So that one doubt is one line of the log. */
  #isDoubting = false;
  /** Plain numbers, for whoever watches: messages removed, rounds that failed, and the last that did not (ms since 1970). */
  readonly stats = { removed: 0, failures: 0, succeededAt: 0 };
  readonly #rounds = new Periodic(() => this.#round());

  /** `retentionMs` 0 keeps messages for ever. */
  constructor(database: Database, retentionMs: number, clocks: Clocks) {
    this.#database = database;
    this.#retentionMs = retentionMs;
    this.#clocks = clocks;
  }

  start(): void {
    this.#rounds.start(PAUSE_MS);
  }

  stop(): void {
    this.#rounds.stop();
  }

  /** Resolves to whether something went, and more may. */
  async step(): Promise<boolean> {
    await sweepCanaries(this.#database); // by their own minute, whatever the clock says
    const now = await this.#time();
    if (now === null) return false;
    // Neither waits for the other: while the one has much to do, so may the other.
    const usual = this.#retentionMs > 0 ? now - this.#retentionMs : null;
    const ofUsual = usual === null ? { removed: 0, isFurther: false } : await this.#pruneUsual(usual, now);
    const { removed, through } = await pruneRetentions(this.#database, usual, now, this.#lookedAt);
    this.#lookedAt = through ?? 0;
    const messages = ofUsual.removed + removed;
    this.stats.removed += messages;
    const remains = await pruneRemains(this.#database, this.#retentionMs, now);
    return messages + remains > 0 || ofUsual.isFurther || through !== null;
  }

  async #pruneUsual(cutoff: number, now: number) {
    const { removed, passed } = await pruneNext(this.#database, cutoff, now, this.#passed);
    const isFurther = passed.through > this.#passed.through;
    this.#passed = passed;
    return { removed, isFurther };
  }

  async #round(): Promise<number> {
    let isMore = false;
    try {
      isMore = await this.step();
      this.stats.succeededAt = this.#clocks.now();
    } catch (error) {
      this.stats.failures++;
      if (!(error instanceof ApiError)) unremoved.count(errorFields(error)); // a fault was said where it was found
    }
    return isMore ? PAUSE_MS : INTERVAL_MS;
  }

  /** Now, in ms since 1970, or null while the clock is not believed. */
  async #time(): Promise<number | null> {
    const { rows } = await this.#database.read(LOOK);
    const lookedAt = Number(rows[0]?.looked_at);
    const newest = Number(rows[0]?.newest);
    // A server's database has a clock of its own, which the messages were stored by: neither alone removes them.
    const now = Math.min(this.#clocks.now(), Number(rows[0]?.now));
    const vouched = Math.max(lookedAt, newest);
    const isBelieved = this.#check.isBelieved(now, this.#clocks.monotonic(), vouched);
    if (!isBelieved && !this.#isDoubting) {
      const days_ahead = Math.round((now - vouched) / 86_400_000);
      log.warning(
        "the clock is far ahead of the newest message: nothing is removed by age until a message comes, or the clock has stood by it for twelve hours",
        { days_ahead },
      );
    }
    this.#isDoubting = !isBelieved;
    if (!isBelieved) return null;
    if (Math.abs(now - lookedAt) >= MARK_MS) await this.#database.write([{ sql: MARK, args: [now] }]);
    return now;
  }
}

const LOOK = `SELECT looked_at, coalesce((SELECT stored_at FROM messages ORDER BY seq DESC LIMIT 1), 0) AS newest,
  ${DATABASE_NOW} AS now FROM installation WHERE id = 1`;

const MARK = "UPDATE installation SET looked_at = ? WHERE id = 1";
