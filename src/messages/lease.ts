/** A lease, so that only one process at a time does what each worker would: ask Telnyx for missed texts, fetch pictures. */
import { randomUUID } from "node:crypto";
import type { Database } from "../database/open.ts";
import { DATABASE_NOW } from "./insert.ts";

/** For so long a process that was killed holds up the others. */
const LEASE_MS = 8_000;
const RENEW_MS = 2_000;

const TAKE = `INSERT INTO checkpoints (name, checked_at, leased_until, report)
  VALUES (?, ${DATABASE_NOW}, ${DATABASE_NOW} + ${LEASE_MS}, ?)
  ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, leased_until = excluded.leased_until,
    report = excluded.report
  WHERE (leased_until < ${DATABASE_NOW} OR leased_until > ${DATABASE_NOW} + ${LEASE_MS})
    AND (checked_at <= ${DATABASE_NOW} - ? OR checked_at > ${DATABASE_NOW})
  RETURNING name`;

const RENEW = `UPDATE checkpoints SET leased_until = ${DATABASE_NOW} + ${LEASE_MS} WHERE name = ? AND report = ?`;
const GIVE_BACK = "UPDATE checkpoints SET leased_until = 0 WHERE name = ? AND report = ?";

/**
 * Runs `work` while this process holds the lease. False, without running it, when another process holds it, or when the
 * last one began less than `restMs` ago. `name`: which work.
 */
export async function withLease(
  { write }: Database,
  restMs: number,
  work: () => Promise<void>,
  name: "lease" | "pictures" = "lease",
): Promise<boolean> {
  const holder = randomUUID();
  const [taken] = await write([{ sql: TAKE, args: [name, holder, restMs] }]);
  if (taken?.rows.length !== 1) return false;
  const timer = setInterval(() => {
    // The process that takes over does the same again, which changes nothing.
    write([{ sql: RENEW, args: [name, holder] }]).catch(() => undefined);
  }, RENEW_MS);
  try {
    await work();
    return true;
  } finally {
    clearInterval(timer);
    await write([{ sql: GIVE_BACK, args: [name, holder] }]).catch(() => undefined);
  }
}
