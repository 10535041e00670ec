/** One process at a time asks Telnyx for what was missed: workers would otherwise each do so. */
import { randomUUID } from "node:crypto";
import type { Database } from "../../database/open.ts";
import { DATABASE_NOW } from "../../messages/insert.ts";

/** A process that was killed holds up the others for so long. */
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
 * Runs `work` while nobody else may. False, without running it, where somebody does, or where the last one began less
 * than `restMs` ago.
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
    // Whoever takes it over does the same once more, which changes nothing.
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
