/**
 * How far recovery has come, kept in the database: a restored backup goes back with it, so that the texts since then
 * come back too.
 */
import type { Database } from "../../database/open.ts";
import { DATABASE_NOW } from "../../messages/insert.ts";
import type { Report } from "./report.ts";
import type { RunResult } from "./run.ts";

/** Each list of Telnyx's has its own. */
export type CheckpointName = "deliveries" | "records";

export interface Checkpoint {
  /** Everything up to here is on disk, in ms since 1970. */
  readonly through: number;
  /** When that was found, by the database's clock. */
  readonly checkedAt: number;
}

export async function readCheckpoint({ read }: Database, name: CheckpointName): Promise<Checkpoint | null> {
  const { rows } = await read({
    sql: "SELECT through, checked_at FROM checkpoints WHERE name = ?",
    args: [name],
  });
  const through = rows[0]?.through;
  return through == null ? null : { through: Number(through), checkedAt: Number(rows[0]?.checked_at) };
}

const SAVE = `INSERT INTO checkpoints (name, through, checked_at, report) VALUES (?, ?, ${DATABASE_NOW}, ?)
  ON CONFLICT (name) DO UPDATE SET through = excluded.through, checked_at = excluded.checked_at, report = excluded.report`;

/**
 * After a run that began where the checkpoints are, and whose deliveries are on disk. Records that were never read are
 * to be read from where this run began, once they can be.
 */
export async function advance(
  database: Database,
  { report, recordsThrough }: Pick<RunResult, "report" | "recordsThrough">,
): Promise<void> {
  await saveCheckpoint(database, "deliveries", Date.parse(report.until), report);
  if (recordsThrough !== null) await saveCheckpoint(database, "records", recordsThrough, report);
  else if ((await readCheckpoint(database, "records")) === null)
    await saveCheckpoint(database, "records", Date.parse(report.since), report);
}

/** Only once everything up to `through` is on disk. */
async function saveCheckpoint(
  { write }: Database,
  name: CheckpointName,
  through: number,
  report: Report,
): Promise<void> {
  const { unrecovered, ...counts } = report;
  const kept = { ...counts, unrecovered: unrecovered.length };
  await write([{ sql: SAVE, args: [name, through, JSON.stringify(kept)] }]);
}
