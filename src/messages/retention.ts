/** Removes what is older than retention keeps: always a prefix of the stream, in small steps, cursors kept honest. */
import type { Database } from "../database/open.ts";
import { Fault } from "../errors.ts";
import { shownError } from "../log/log.ts";
import { Tally } from "../log/throttled.ts";
import { unindexThrough } from "../search/fulltext.ts";

/** Some nine milliseconds of the writer's time at five million messages, most of them for the full-text index. */
const ROWS_PER_STEP = 100;
/** Between two steps, so that webhooks and commands have their turn: 3,000 rows a second, 500 on a busy machine. */
const PAUSE_MS = 20;
/** How often there is a look for what has become too old. */
const EVERY_MS = 60_000;
/** How long a deleted message is remembered, so that Telnyx's late copies of it stay away. */
const TOMBSTONE_MS = 30 * 86_400_000;

const unremoved = new Tally("old messages could not be removed; it is tried again");

/**
 * One step: removes at most a hundred messages stored before `cutoff` (ms since 1970), and nothing behind the
 * first younger one. Resolves to how many.
 */
export async function pruneMessages({ read, write }: Database, cutoff: number): Promise<number> {
  const sql = "SELECT seq, stored_at FROM messages ORDER BY seq LIMIT ?";
  const { rows } = await read({ sql, args: [ROWS_PER_STEP] });
  const firstKept = rows.findIndex((row) => Number(row.stored_at) >= cutoff);
  const old = firstKept < 0 ? rows : rows.slice(0, firstKept);
  const through = old.at(-1)?.seq;
  if (through === undefined) return 0;
  const [, deleted] = await write([
    unindexThrough(Number(through)),
    { sql: "DELETE FROM messages WHERE seq <= ?", args: [through] },
    { sql: "UPDATE installation SET pruned_through = max(pruned_through, ?) WHERE id = 1", args: [through] },
  ]);
  return deleted?.rowsAffected ?? 0;
}

/** One step over what is kept beside the messages. Resolves to how many rows went. */
export async function pruneRemains({ write }: Database, retentionMs: number, now: number): Promise<number> {
  const results = await write([
    {
      sql: `DELETE FROM tombstones WHERE message_id IN (
        SELECT message_id FROM tombstones WHERE deleted_at < ? LIMIT ?)`,
      args: [now - TOMBSTONE_MS, ROWS_PER_STEP],
    },
    {
      sql: `DELETE FROM unreadable_events WHERE id IN (
        SELECT id FROM unreadable_events WHERE stored_at < ? ORDER BY id LIMIT ?)`,
      args: [now - (retentionMs || TOMBSTONE_MS), ROWS_PER_STEP],
    },
    {
      sql: "DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE expires_at <= ? LIMIT ?)",
      args: [now, ROWS_PER_STEP],
    },
  ]);
  return results.reduce((sum, result) => sum + result.rowsAffected, 0);
}

/** Prunes in the background until stopped. */
export class Retention {
  readonly #database: Database;
  readonly #retentionMs: number;
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  /** `retentionMs` 0 keeps messages for ever. */
  constructor(database: Database, retentionMs: number, now: () => number) {
    this.#database = database;
    this.#retentionMs = retentionMs;
    this.#now = now;
  }

  start(): void {
    this.#wait(PAUSE_MS);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#step(), ms);
  }

  async #step(): Promise<void> {
    let removed = 0;
    try {
      const now = this.#now();
      if (this.#retentionMs > 0) removed = await pruneMessages(this.#database, now - this.#retentionMs);
      if (removed === 0) removed = await pruneRemains(this.#database, this.#retentionMs, now);
    } catch (error) {
      if (!(error instanceof Fault)) unremoved.count(shownError(error)); // a fault was said where it was found
    }
    this.#wait(removed > 0 ? PAUSE_MS : EVERY_MS);
  }
}
