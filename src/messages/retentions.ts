/**
 * Accounts whose messages are kept for another time than the others'. Their rows outlive the setting and the account, until
 * what is left of both is like the others'.
 */
import type { Database } from "../database/open.ts";
import { pruneAccount } from "./pruning.ts";

/** Looked at in one step: some 10 µs each. */
const PER_STEP = 50;
/** Of `keep_ms`: as the others again. */
const AS_OTHERS = -1;

// The oldest message of each, straight from the index of its account.
const LOOK = `
  SELECT json_group_array(json_array(account_id, keep_ms, coalesce(oldest, 0), isDone)) AS rows FROM (
    SELECT account_id, keep_ms,
      (SELECT stored_at FROM messages m WHERE m.account_id = r.account_id ORDER BY seq LIMIT 1) AS oldest,
      r.pruned_through <= i.pruned_through
        AND (keep_ms = ${AS_OTHERS} OR NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = r.account_id)) AS isDone
    FROM retentions r CROSS JOIN installation i WHERE account_id > ? ORDER BY account_id LIMIT ${PER_STEP})`;

type Looked = [account: number, keepMs: number, oldest: number, isDone: number];

/**
 * One step over the accounts after `after`. `usual` is the others' cutoff, null where they keep for ever; `now` in ms since
 * 1970. Resolves to how many messages went, and up to which account it came: null when that was the last.
 */
export async function pruneRetentions(
  database: Pick<Database, "read" | "write">,
  usual: number | null,
  now: number,
  after: number,
): Promise<{ removed: number; through: number | null }> {
  const [row] = (await database.read({ sql: LOOK, args: [after] })).rows;
  const rows = JSON.parse(String(row?.rows)) as Looked[];
  let removed = 0;
  for (const [account, keepMs, oldest, isDone] of rows) {
    const cutoff = keepMs === AS_OTHERS ? usual : keepMs === 0 ? null : now - keepMs;
    if (oldest > 0 && cutoff !== null && oldest < cutoff) {
      removed += await pruneAccount(database, account, cutoff, now);
      // The next step begins with it again, so that each step is a short one.
      return { removed, through: account - 1 };
    }
    if (isDone === 1 && (keepMs === AS_OTHERS || oldest === 0)) await forget(database, account);
  }
  return { removed, through: rows.length < PER_STEP ? null : (rows.at(-1)?.[0] ?? null) };
}

/** Nothing of it is older than the others', and nothing more was removed than of them. */
async function forget({ write }: Pick<Database, "write">, account: number): Promise<void> {
  const isDone = `account_id = ? AND pruned_through <= (SELECT pruned_through FROM installation)
    AND (keep_ms = ${AS_OTHERS} OR NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = retentions.account_id))`;
  await write([{ sql: `DELETE FROM retentions WHERE ${isDone}`, args: [account] }]);
}
