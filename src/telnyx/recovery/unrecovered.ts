/** Texts that cannot be fetched: they are kept to be reported, and so that nobody asks for them again and again. */

import type { Database } from "../../database/open.ts";
import type { Statement } from "../../database/result.ts";
import { DATABASE_NOW } from "../../messages/insert.ts";
import { RECOVERY_WINDOW_MS } from "../../messages/tombstones.ts";
import type { Unrecovered, UnrecoveredReason } from "./report.ts";

/** How many of the newest are kept; a run that finds more says that it is capped. */
export const MAX_UNRECOVERED = 10_000;
const ROWS_AT_ONCE = 500;

const LOAD = `SELECT telnyx_id, "to", "from", received_at, reason FROM unrecovered
  ORDER BY seen_at DESC LIMIT ${MAX_UNRECOVERED}`;

const SAVE = `INSERT INTO unrecovered (telnyx_id, "to", "from", received_at, reason, seen_at)
  SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, ${DATABASE_NOW} FROM json_each(?) j WHERE true
  ON CONFLICT (telnyx_id) DO UPDATE SET reason = excluded.reason, seen_at = excluded.seen_at
  WHERE reason <> excluded.reason`;

const FORGET = "DELETE FROM unrecovered WHERE telnyx_id IN (SELECT value FROM json_each(?))";

const AGE = `DELETE FROM unrecovered WHERE seen_at < ${DATABASE_NOW} - ${RECOVERY_WINDOW_MS}`;

export async function loadUnrecovered({ read }: Database): Promise<Map<string, Unrecovered>> {
  const { rows } = await read(LOAD);
  const all = rows.map((row) => ({
    telnyx_id: String(row.telnyx_id),
    to: String(row.to),
    from: String(row.from),
    received_at: row.received_at === null ? null : new Date(Number(row.received_at)).toISOString(),
    reason: String(row.reason) as UnrecoveredReason,
  }));
  return new Map(all.map((each) => [each.telnyx_id, each]));
}

/** `found` holds the ids of texts that are stored by now. */
export async function saveUnrecovered(
  { write }: Database,
  missing: readonly Unrecovered[],
  found: readonly string[],
): Promise<void> {
  const statements: Statement[] = [AGE];
  if (found.length > 0) statements.push({ sql: FORGET, args: [JSON.stringify(found)] });
  for (let at = 0; at < missing.length; at += ROWS_AT_ONCE) {
    const rows = missing
      .slice(at, at + ROWS_AT_ONCE)
      .map((each) => [
        each.telnyx_id,
        each.to,
        each.from,
        each.received_at === null ? null : Date.parse(each.received_at),
        each.reason,
      ]);
    statements.push({ sql: SAVE, args: [JSON.stringify(rows)] });
  }
  if (missing.length > 0 || found.length > 0) await write(statements);
}
