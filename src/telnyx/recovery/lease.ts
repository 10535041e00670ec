/** A lease, so that only one process at a time asks Telnyx for missed texts, and not each worker. */
import { randomUUID } from "node:crypto";
import type { Database } from "../../database/open.ts";
import { DATABASE_NOW } from "../../messages/insert.ts";

/** For so long a process that was killed holds up the others. */
const LEASE_MS = 8_000;
const RENEW_MS = 2_000;

const TAKE = `INSERT INTO checkpoints (name, checked_at, leased_until, report)
  VALUES ('lease', ${DATABASE_NOW}, ${DATABASE_NOW} + ${LEASE_MS}, ?)
  ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, leased_until = excluded.leased_until,
    report = excluded.report
  WHERE (leased_until < ${DATABASE_NOW} OR leased_until > ${DATABASE_NOW} + ${LEASE_MS})
    AND (checked_at <= ${DATABASE_NOW} - ? OR checked_at > ${DATABASE_NOW})
  RETURNING name`;

const RENEW = `UPDATE checkpoints SET leased_until = ${DATABASE_NOW} + ${LEASE_MS} WHERE name = 'lease' AND report = ?`;
const GIVE_BACK = "UPDATE checkpoints SET leased_until = 0 WHERE name = 'lease' AND report = ?";

/**
 * Runs `work` while this process holds the lease. False, without running it, when another process holds it, or when the
 * last one began less than `restMs` ago.
 */
export async function withLease(
  { write }: Database,
  restMs: number,
  work: () => Promise<void>,
): Promise<boolean> {
  const holder = randomUUID();
  const [taken] = await write([{ sql: TAKE, args: [holder, restMs] }]);
  if (taken?.rows.length !== 1) return false;
  const timer = setInterval(() => {
    // The process that takes over does the same again, which changes nothing.
    write([{ sql: RENEW, args: [holder] }]).catch(() => undefined);
  }, RENEW_MS);
  try {
    await work();
    return true;
  } finally {
    clearInterval(timer);
    await write([{ sql: GIVE_BACK, args: [holder] }]).catch(() => undefined);
  }
}
