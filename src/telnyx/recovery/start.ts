/** From when on a look for missed texts begins. */
import type { Database } from "../../database/open.ts";
import { readCheckpoint } from "./checkpoints.ts";

/**
 * A text may be listed only when its last attempt is over, by when it was received and not by when it was listed; what
 * is looked at twice costs a page.
 */
const OVERLAP_MS = 30 * 60_000;
/** An empty database must not fill with what another system received. */
const FRESH_MS = 60_000;
const FIRST_MS = 3 * 86_400_000;

/** Milliseconds since 1970: both lists from where each was read to, or `null` where nothing ever was. */
async function reached(database: Database, checksRecords: boolean, now: number): Promise<number | null> {
  const deliveries = await readCheckpoint(database, "deliveries");
  const records = checksRecords ? await readCheckpoint(database, "records") : null;
  if (deliveries === null) return null;
  // Where the records were never looked at, the deliveries' checkpoint tells all that is known.
  const through = Math.min(deliveries.through, records?.through ?? deliveries.through, now);
  return through - OVERLAP_MS;
}

/** For the service. */
export async function serviceStart(database: Database, checksRecords: boolean, now: number): Promise<number> {
  const since = await reached(database, checksRecords, now);
  if (since !== null) return since;
  const { rows } = await database.read("SELECT stored_at FROM messages ORDER BY seq DESC LIMIT 1");
  const newest = rows[0]?.stored_at;
  return newest === undefined ? now - FRESH_MS : Math.max(Number(newest) - OVERLAP_MS, now - FIRST_MS);
}

/** For the command; `otherwiseMs` is how far back it looks where nothing was ever looked at. */
export async function commandStart(database: Database, otherwiseMs: number, now: number): Promise<number> {
  return (await reached(database, true, now)) ?? now - otherwiseMs;
}
