/**
 * One look for texts whose webhooks never came. It goes through a window of time in slices that fit into memory, the
 * oldest first. However it ends, what was stored stays, and the report says what was looked at.
 */
import { RECOVERY_WINDOW_MS } from "../../messages/tombstones.ts";
import { type Delivery, readDeliveries, type Span } from "../deliveries.ts";
import { TelnyxFailure } from "../failure.ts";
import type { Listing } from "../list.ts";
import { type DetailRecord, readRecords } from "../records.ts";
import { Ours } from "./ours.ts";
import { emptyReport, type Report } from "./report.ts";
import type { RecoveryDeps, Run } from "./runstate.ts";
import { sortSlice } from "./slice.ts";
import { storeInOrder } from "./storing.ts";
import { loadUnrecovered, MAX_UNRECOVERED, saveUnrecovered } from "./unrecovered.ts";

export interface RecoveryWindow {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  /** Whether to compare the detail records with what is stored here. */
  readonly checksRecords: boolean;
  /** Whether to ask again for texts that could not be fetched before. */
  readonly asksAgain: boolean;
}

/** The largest slice: 5,000 texts are some megabytes. */
const MAX_DELIVERY_PAGES = 20;
const MAX_RECORD_PAGES = 200;
/** A detail record may appear later than its text. */
const RECORD_LAG_MS = 10 * 60_000;
/** The shortest slice: a second that holds more texts than fit into one is no usual traffic. */
const MIN_MS = 1_000;

export interface RunResult {
  readonly report: Report;
  /** The time up to which the records were compared, in ms since 1970; null when they were not. */
  readonly recordsThrough: number | null;
  /** Why it is not complete: what ended the look, or only kept it from the records. */
  readonly failure: unknown;
  /** Whether all deliveries were read, and ours among them are on disk. */
  readonly isDelivered: boolean;
}

/** Never throws: a failure is a part of the result. */
export async function recover(deps: RecoveryDeps, window: RecoveryWindow): Promise<RunResult> {
  const { now, retentionMs, client, database } = deps;
  const kept = Math.min(retentionMs || RECOVERY_WINDOW_MS, RECOVERY_WINDOW_MS);
  const since = Math.min(Math.max(window.since, now - kept), window.until);
  const report = emptyReport(since, window.until);
  const recordsThrough = window.checksRecords ? Math.max(since, window.until - RECORD_LAG_MS) : null;
  let failure: unknown = null;
  /** A failure that concerns only the records. */
  let recordsFailure: unknown = null;
  let run: Run | null = null;
  try {
    const lost = await loadUnrecovered(database);
    run = {
      ...deps, report, lost, oldest: now - kept, asksAgain: window.asksAgain, found: [], foreign: new Set(),
      ours: new Ours(database.readInBackground, deps.webhookUrl),
    }; // biome-ignore format: a list
    /** For each slice, the profiles whose texts belonged to nobody when it was read. */
    const undecided: { span: Span; profiles: ReadonlySet<string> }[] = [];
    const slices: Span[] = [{ from: since, to: window.until }];
    for (let span = slices.pop(); span; span = slices.pop()) {
      const listed = await readSlice(run, span, recordsThrough, recordsFailure === null);
      recordsFailure ??= listed.recordsFailure;
      if (listed.deliveries === null || listed.records === null) {
        if (span.to - span.from < MIN_MS) report.capped = true;
        else slices.push(...halves(span));
        continue;
      }
      report.deliveries.listed += listed.deliveries.length;
      report.detail_records.listed += listed.records.length;
      const sorted = await sortSlice(run, listed.deliveries, listed.records, null);
      if (sorted.foreignProfiles.size > 0) undecided.push({ span, profiles: sorted.foreignProfiles });
      await storeInOrder(run, sorted.items);
    }
    for (const { span, profiles } of undecided) {
      const late = new Set([...profiles].filter((each) => run?.ours.knows(each)));
      if (late.size === 0) continue;
      const again = await readSlice(run, span, null, false);
      await storeInOrder(run, (await sortSlice(run, again.deliveries ?? [], [], late)).items);
    }
  } catch (error) {
    failure = error;
  }
  if (run && failure === null) {
    const missing = report.unrecovered.slice(0, MAX_UNRECOVERED);
    if (report.unrecovered.length > MAX_UNRECOVERED) {
      report.capped = true;
      report.unrecovered.length = MAX_UNRECOVERED;
    }
    await saveUnrecovered(database, missing, run.found).catch((error: unknown) => {
      failure = error;
    });
  }
  const isDelivered = failure === null && !report.capped;
  failure ??= recordsFailure;
  report.waited_ms = client.waitedMs;
  report.complete =
    failure === null && !report.capped && recordsThrough !== null && report.unrecovered.length === 0;
  return { report, recordsThrough: recordsFailure === null ? recordsThrough : null, failure, isDelivered };
}

interface Listed {
  /** Null when there are too many texts for one slice. */
  readonly deliveries: readonly Delivery[] | null;
  readonly records: readonly DetailRecord[] | null;
  readonly recordsFailure: unknown;
}

async function readSlice(
  { client, report, now, onProgress }: Run,
  span: Span,
  recordsThrough: number | null,
  asksRecords: boolean,
): Promise<Listed> {
  const deliveries = await readDeliveries(client, span, MAX_DELIVERY_PAGES);
  report.deliveries.pages += deliveries.pages;
  onProgress?.(report);
  const to = recordsThrough === null ? span.from - 1 : Math.min(span.to, recordsThrough);
  let records: Listing<DetailRecord | null> = { rows: [], pages: 0, announced: null };
  let recordsFailure: unknown = null;
  if (asksRecords && deliveries.rows !== null && to >= span.from) {
    try {
      records = await readRecords(
        client,
        { from: span.from, to },
        now,
        MAX_RECORD_PAGES,
        recordsThrough !== null && to < recordsThrough,
      );
    } catch (error) {
      // The texts in the list of deliveries come back all the same.
      if (!(error instanceof TelnyxFailure) || error.kind === "stopped") throw error;
      recordsFailure = error;
    }
    report.detail_records.pages += records.pages;
    onProgress?.(report);
  }
  const rows = records.rows?.filter((record) => record !== null) ?? null;
  const delivered = deliveries.rows?.filter((delivery) => delivery !== null) ?? null;
  return { deliveries: delivered, records: rows, recordsFailure };
}

/** The older one is taken first. */
function halves({ from, to }: Span): [Span, Span] {
  const middle = Math.floor((from + to) / 2);
  return [
    { from: middle + 1, to },
    { from, to: middle },
  ];
}
