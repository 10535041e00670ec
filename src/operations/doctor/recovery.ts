/** Whether missed texts are looked for, and whether any cannot be had. */
import { lastRun } from "../../telnyx/recovery/checkpoints.ts";
import type { Examination } from "./deps.ts";
import { type Found, ok, skipped, warning } from "./finding.ts";

/** In the details. */
const MAX_LISTED = 100;
/** In a sentence. */
const MAX_NAMED = 3;

export async function recovery(examination: Examination): Promise<Found> {
  const { config } = examination.deps;
  const read = await examination.ourTables();
  const run = await lastRun(read);
  const { rows } =
    await read(`SELECT telnyx_id, "from", "to", received_at, reason, count(*) OVER () AS count FROM unrecovered
    ORDER BY received_at DESC LIMIT ${MAX_LISTED}`);
  const unrecovered = rows.map(({ telnyx_id, from, to, received_at, reason }) => ({
    telnyx_id: String(telnyx_id),
    to: String(to),
    from: String(from),
    received_at: received_at === null ? null : new Date(Number(received_at)).toISOString(),
    reason: String(reason),
  }));
  const count = Number(rows[0]?.count ?? 0);
  if (run !== null && run.failure !== null)
    return warning(
      `the last look for missed texts, at ${time(run.at)}, was not finished: ${run.failure}`,
      "mend that, and run inlet telnyx backfill",
      { at: time(run.at), unrecovered },
    );
  if (count > 0) {
    const first = unrecovered
      .slice(0, MAX_NAMED)
      .map(
        ({ from, to, received_at, reason }) => `${from} → ${to} of ${received_at ?? "no time"} (${reason})`,
      );
    return warning(
      `${count} texts cannot be fetched: ${first.join(", ")}${count > MAX_NAMED ? ", …" : ""}`,
      "look for them in the Telnyx portal, or ask their senders; inlet telnyx backfill asks for them once more",
      { unrecovered },
    );
  }
  if (config.telnyxApi === null)
    return skipped("TELNYX_API_KEY is not set: what is missed is not looked for");
  if (run === null) return skipped("nothing was looked for yet: the service does at its start");
  const never = config.backfillMs === 0 ? "; BACKFILL_MINUTES is 0, so the service itself does not look" : "";
  return ok(`the last look for missed texts, at ${time(run.at)}, left nothing out${never}`);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
