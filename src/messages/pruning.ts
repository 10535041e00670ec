/** Steps of retention: what is removed at once, and what is said of it in the same transaction. */
import type { Database } from "../database/open.ts";
import type { Statement, Write } from "../database/result.ts";
import { removeExpiredTickets } from "../keys/ticket.ts";
import { type Part, unindexPart } from "../search/fulltext.ts";
import { abandonPictures } from "./pictures.ts";
import { TEXT_BYTES } from "./row.ts";
import { buryPart, dropTombstones, RECOVERY_WINDOW_MS } from "./tombstones.ts";

/** Some nine milliseconds of the writer's time at five million messages, most of them for the full-text index. */
const ROWS_PER_STEP = 100;
/** Where each leaves a tombstone, which costs as much again as removing it: its place in their index is a random one. */
const BURIED_PER_STEP = 50;
/** Of large rows fewer: each page of one is looked at before it is free. */
const BYTES_PER_STEP = 2 * 1024 * 1024;
/** Rows of accounts that keep theirs for longer, which a step passes over. */
const PASSED_PER_STEP = 1_000;

/** Of which database what was passed over is said. */
export interface Passed {
  readonly epoch: string;
  /** Up to here only messages of accounts with a retention of their own are left, all of them older than the cutoff. */
  readonly through: number;
}

export const NOTHING_PASSED: Passed = { epoch: "", through: 0 };

const HAS_OWN = "EXISTS (SELECT 1 FROM retentions r WHERE r.account_id = messages.account_id)";

/** A message that is not removed because of whose it is counts as `hasOwn`. */
interface Aged {
  readonly seq: number;
  readonly storedAt: number;
  readonly bytes: number;
  readonly hasOwn: boolean;
}

/**
 * One step: removes at most a hundred messages stored before `cutoff`, and nothing behind the first younger one. What
 * is younger than the recovery window at `now` leaves a tombstone. Both in ms since 1970. Accounts with a retention of
 * their own are passed over; `before` is what the step before has passed.
 */
export async function pruneNext(
  { read, write }: Pick<Database, "read" | "write">,
  cutoff: number,
  now: number,
  before: Passed,
): Promise<{ removed: number; passed: Passed }> {
  const sql = `SELECT epoch, iif(epoch = ?1, ?2, 0) AS start, (
      SELECT json_group_array(json_object('seq', seq, 'storedAt', stored_at, 'bytes', ${TEXT_BYTES}, 'hasOwn', ${HAS_OWN}))
      FROM (SELECT * FROM messages WHERE seq > iif(epoch = ?1, ?2, 0) ORDER BY seq LIMIT ?3) messages) AS rows
    FROM installation WHERE installation.id = 1`;
  const most = rowsPerStep(cutoff, now);
  const limit = before.through > 0 ? PASSED_PER_STEP : most;
  const [row] = (await read({ sql, args: [before.epoch, before.through, limit] })).rows;
  const start = Number(row?.start);
  const aged = step(JSON.parse(String(row?.rows)) as Aged[], cutoff, most);
  const through = aged.findLast(({ hasOwn }) => !hasOwn)?.seq ?? null;
  const hasPassed = start > 0 || aged.some(({ hasOwn }) => hasOwn);
  const passed = { epoch: String(row?.epoch), through: hasPassed ? (aged.at(-1)?.seq ?? start) : 0 };
  if (through === null) return { removed: 0, passed };
  const part = { where: `seq > ? AND seq <= ? AND NOT ${HAS_OWN}`, args: [start, through] };
  const told: Statement = {
    sql: "UPDATE installation SET pruned_through = max(pruned_through, ?) WHERE id = 1",
    args: [through],
  };
  const removed = await removePart(
    write,
    part,
    through,
    told,
    rowsPerStep(cutoff, now) === BURIED_PER_STEP ? now : null,
  );
  return { removed, passed };
}

/** The same for all, as long as there is no account with a retention of its own. Resolves to how many went. */
export async function pruneMessages(database: Database, cutoff: number, now: number): Promise<number> {
  return (await pruneNext(database, cutoff, now, NOTHING_PASSED)).removed;
}

/** What of one account's is stored before `cutoff`, as far as a step goes. Resolves to how many went. */
export async function pruneAccount(
  { read, write }: Pick<Database, "read" | "write">,
  account: number,
  cutoff: number,
  now: number,
): Promise<number> {
  const sql = `SELECT json_group_array(json_object('seq', seq, 'storedAt', stored_at, 'bytes', ${TEXT_BYTES})) AS rows
    FROM (SELECT * FROM messages WHERE account_id = ? ORDER BY seq LIMIT ?)`;
  const most = rowsPerStep(cutoff, now);
  const [row] = (await read({ sql, args: [account, most] })).rows;
  const through = step(JSON.parse(String(row?.rows)) as Aged[], cutoff, most).at(-1)?.seq;
  if (through === undefined) return 0;
  const part = { where: "account_id = ? AND seq <= ?", args: [account, through] };
  const told: Statement = {
    sql: "UPDATE retentions SET pruned_through = max(pruned_through, ?) WHERE account_id = ?",
    args: [through, account],
  };
  return removePart(write, part, through, told, most === BURIED_PER_STEP ? now : null);
}

/** A retention that is as long as the window buries nobody. */
function rowsPerStep(cutoff: number, now: number): number {
  return cutoff > now - RECOVERY_WINDOW_MS ? BURIED_PER_STEP : ROWS_PER_STEP;
}

/** The first rows that one step removes, or passes over. */
function step(rows: readonly Aged[], cutoff: number, most: number): readonly Aged[] {
  let bytes = 0;
  let count = 0;
  const end = rows.findIndex((row) => {
    if (row.storedAt >= cutoff || count === most) return true;
    if (row.hasOwn) return false;
    bytes += row.bytes;
    return count++ > 0 && bytes > BYTES_PER_STEP;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** `told` says of it what readers must know; `buriedAt` null leaves no tombstones. */
async function removePart(
  write: Write,
  part: Part,
  through: number,
  told: Statement,
  buriedAt: number | null,
): Promise<number> {
  const results = await write([
    ...(buriedAt === null ? [] : [buryPart(part, buriedAt)]),
    ...unindexPart(part, through),
    abandonPictures(`${part.where} AND media IS NOT NULL`, part.args),
    told,
    { sql: `DELETE FROM messages WHERE ${part.where}`, args: [...part.args] },
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
