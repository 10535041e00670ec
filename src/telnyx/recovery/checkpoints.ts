/**
 * How far recovery has come. It is kept in the database, so that it goes back with a restored backup, and the texts
 * since then come back, too.
 */
import type { Database } from "../../database/open.ts";
import type { Read } from "../../database/result.ts";
import { CommandError } from "../../errors.ts";
import { DATABASE_NOW } from "../../messages/insert.ts";
import type { Report } from "./report.ts";
import type { RunResult } from "./run.ts";

/** Each of Telnyx's lists has a checkpoint of its own. */
export type CheckpointName = "deliveries" | "records";

export interface Checkpoint {
  /** Everything up to this time is on disk, in ms since 1970. */
  readonly through: number;
  /** When that was found, by the database's clock, in ms since 1970. */
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
 * Moves the checkpoints after a run that began at them, and whose deliveries are on disk. Records that were never read
 * will be read from the beginning of this run, once that is possible.
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

/** How the last look went, of any process or command. */
export interface LastRun {
  /** By the database's clock, in ms since 1970. */
  readonly at: number;
  /** Why it was not finished, in words; null when it was. */
  readonly failure: string | null;
}

/** Notes the outcome of a look, also of one that moves no checkpoint, for `inlet doctor`. */
export async function noteRun({ write }: Database, { report, failure }: RunResult): Promise<void> {
  const words = failure instanceof CommandError ? failure.message : "something went wrong: see the log";
  const capped = report.capped ? "Telnyx has more than can be read" : null;
  const kept = JSON.stringify({ failure: failure === null ? capped : words });
  await write([{ sql: NOTE, args: [kept] }]);
}

export async function lastRun(read: Read): Promise<LastRun | null> {
  const { rows } = await read("SELECT checked_at, report FROM checkpoints WHERE name = 'last'");
  const [row] = rows;
  if (!row) return null;
  const { failure } = JSON.parse(String(row.report)) as { failure: string | null };
  return { at: Number(row.checked_at), failure };
}

const NOTE = `INSERT INTO checkpoints (name, checked_at, report) VALUES ('last', ${DATABASE_NOW}, ?)
  ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, report = excluded.report`;

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
