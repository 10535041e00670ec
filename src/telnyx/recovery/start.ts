/** Where in time a look for missed texts begins. */
import type { Database } from "../../database/open.ts";
import { readCheckpoint } from "./checkpoints.ts";

/**
 * A text may be listed only when its last attempt is over, by when it was received and not by when it was listed; what
 * is looked at twice costs a page.
 */
const OVERLAP_MS = 30 * 60_000;
/** How far back a first look goes: an empty database must not fill with what another system received. */
const FRESH_MS = 60_000;
const FIRST_MS = 3 * 86_400_000;

/** The time up to which all of the lists were read, less an overlap, in ms since 1970; null when none ever was. */
async function reached(database: Database, checksRecords: boolean, now: number): Promise<number | null> {
  const deliveries = await readCheckpoint(database, "deliveries");
  const records = checksRecords ? await readCheckpoint(database, "records") : null;
  if (deliveries === null) return null;
  // If the records were never looked at, the deliveries' checkpoint is all that is known.
  const through = Math.min(deliveries.through, records?.through ?? deliveries.through, now);
  return through - OVERLAP_MS;
}

/** Where a look of the service begins, in ms since 1970. */
export async function serviceStart(database: Database, checksRecords: boolean, now: number): Promise<number> {
  const since = await reached(database, checksRecords, now);
  if (since !== null) return since;
  const { rows } = await database.read("SELECT stored_at FROM messages ORDER BY seq DESC LIMIT 1");
  const newest = rows[0]?.stored_at;
  return newest === undefined ? now - FRESH_MS : Math.max(Number(newest) - OVERLAP_MS, now - FIRST_MS);
}

/** Where a look of the command begins; `otherwiseMs` is how far back the first look of all goes. */
export async function commandStart(database: Database, otherwiseMs: number, now: number): Promise<number> {
  return (await reached(database, true, now)) ?? now - otherwiseMs;
}
