/** Removes what is older than retention keeps: always a prefix of the stream, in small steps, cursors kept honest. */
import type { Database } from "../database/open.ts";
import { ApiError } from "../errors.ts";
import { removeExpiredTickets } from "../keys/ticket.ts";
import { errorFields, log } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { Periodic } from "../platform/periodic.ts";
import { unindexThrough } from "../search/fulltext.ts";
import { sweepCanaries } from "./canaries.ts";
import { ClockCheck } from "./clockcheck.ts";
import { DATABASE_NOW } from "./insert.ts";
import { TEXT_BYTES } from "./row.ts";
import { buryThrough, dropTombstones, RECOVERY_WINDOW_MS } from "./tombstones.ts";

/** Some nine milliseconds of the writer's time at five million messages, most of them for the full-text index. */
const ROWS_PER_STEP = 100;
/** Where each leaves a tombstone, which costs as much again as removing it: its place in their index is a random one. */
const BURIED_PER_STEP = 50;
/** Of large rows fewer: each page of one is looked at before it is free. */
const BYTES_PER_STEP = 2 * 1024 * 1024;
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

/**
 * One step: removes at most a hundred messages stored before `cutoff`, and nothing behind the first younger one. What
 * is younger than the recovery window at `now` leaves a tombstone. Both in ms since 1970. Resolves to how many.
 */
export async function pruneMessages({ read, write }: Database, cutoff: number, now: number): Promise<number> {
  const sql = `SELECT seq, stored_at, ${TEXT_BYTES} AS bytes FROM messages ORDER BY seq LIMIT ?`;
  // A retention that is as long as the window buries nobody.
  const buries = cutoff > now - RECOVERY_WINDOW_MS;
  const { rows } = await read({ sql, args: [buries ? BURIED_PER_STEP : ROWS_PER_STEP] });
  let through: number | null = null;
  let bytes = 0;
  for (const row of rows) {
    bytes += Number(row.bytes);
    if (Number(row.stored_at) >= cutoff || (through !== null && bytes > BYTES_PER_STEP)) break;
    through = Number(row.seq);
  }
  if (through === null) return 0;
  const results = await write([
    ...(buries ? [buryThrough(through, now)] : []),
    ...unindexThrough(through),
    { sql: "UPDATE installation SET pruned_through = max(pruned_through, ?) WHERE id = 1", args: [through] },
    { sql: "DELETE FROM messages WHERE seq <= ?", args: [through] },
  ]);
  return results.at(-1)?.rowsAffected ?? 0;
}

/** One step over what is kept beside the messages. Resolves to how many rows went. */
export async function pruneRemains({ write }: Database, retentionMs: number, now: number): Promise<number> {
  const results = await write([
    dropTombstones(now, ROWS_PER_STEP),
    {
      sql: `DELETE FROM unreadable_events WHERE id IN (
        SELECT id FROM (
          SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM (
            SELECT id, octet_length(body) AS bytes FROM unreadable_events WHERE stored_at < ? ORDER BY id LIMIT ?))
        WHERE before < ${BYTES_PER_STEP})`,
      args: [now - (retentionMs || RECOVERY_WINDOW_MS), ROWS_PER_STEP],
    },
    removeExpiredTickets(now, ROWS_PER_STEP),
  ]);
  return results.reduce((sum, result) => sum + result.rowsAffected, 0);
}

/** Prunes in the background until stopped. */
export class Retention {
  readonly #database: Database;
  readonly #retentionMs: number;
  readonly #clocks: Clocks;
  readonly #check = new ClockCheck();
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
    const messages =
      this.#retentionMs > 0 ? await pruneMessages(this.#database, now - this.#retentionMs, now) : 0;
    this.stats.removed += messages;
    const remains = await pruneRemains(this.#database, this.#retentionMs, now);
    return messages + remains > 0;
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
