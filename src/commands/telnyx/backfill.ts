/** `inlet telnyx backfill`: fetches the texts whose webhooks never came. */
import type { Command } from "@commander-js/extra-typings";
import { pause } from "../../client/backoff.ts";
import { readPictureView, readTelnyxConfig, type TelnyxConfig } from "../../config/config.ts";
import type { Database } from "../../database/open.ts";
import { CommandError } from "../../errors.ts";
import { withLease } from "../../messages/lease.ts";
import { Writer } from "../../messages/writer.ts";
import { TelnyxFailure } from "../../telnyx/failure.ts";
import { advance, noteRun } from "../../telnyx/recovery/checkpoints.ts";
import type { Report } from "../../telnyx/recovery/report.ts";
import { type RunResult, recover } from "../../telnyx/recovery/run.ts";
import { commandStart } from "../../telnyx/recovery/start.ts";
import { UnreadableEvents } from "../../telnyx/unreadable.ts";
import { webhookUrl } from "../../telnyx/webhook.ts";
import { aDuration } from "../arguments.ts";
import { addCommand } from "../command.ts";
import { withDatabase } from "../database.ts";
import { escaped, note, type OutputOptions, print, printJson } from "../output.ts";
import { hearSignals } from "../signals.ts";
import { telnyxClient } from "./client.ts";

const DAY_MS = 86_400_000;
/** Between two looks whether another process has ended its own. */
const TAKEN_MS = 300;
/** How long what is under way may take to end after Ctrl-C. */
const GRACE_MS = 700;
const CLEAR = "\r\u001B[K";

export function addBackfillCommand(telnyx: Command): void {
  addCommand(telnyx, "backfill", "fetch the texts whose webhooks never came")
    .option(
      "--since <duration>",
      "how far back, such as 24h; from where the last look ended by default",
      aDuration,
    )
    .addHelpText(
      "after",
      `
What is here already stays as it is. A text belongs to who owns its number now: recover before you move numbers.

Examples:
  inlet telnyx backfill                 after an outage
  inlet telnyx backfill --since 3d      also what was missed before there was a key
  inlet telnyx backfill --since 24h --json`,
    )
    .action(async (options) => {
      const config = readTelnyxConfig();
      const result = await withDatabase((database) => backfill(database, config, options.since ?? null));
      show(options, result);
    });
}

async function backfill(
  database: Database,
  config: TelnyxConfig,
  sinceMs: number | null,
): Promise<RunResult> {
  const signals = hearSignals();
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  void signals.asked.then(() => {
    stop.abort();
    setTimeout(() => late.reject(stoppedByUser()), GRACE_MS);
  });
  const progress = new Progress();
  try {
    return await Promise.race([leased(database, config, sinceMs, stop.signal, progress), late.promise]);
  } finally {
    progress.clear();
  }
}

async function leased(
  database: Database,
  config: TelnyxConfig,
  sinceMs: number | null,
  signal: AbortSignal,
  progress: Progress,
): Promise<RunResult> {
  let result: RunResult | null = null;
  const work = async () => {
    result = await run(database, config, sinceMs, signal, progress);
  };
  for (let isTold = false; !(await withLease(database, 0, work)); isTold = true) {
    if (!isTold) progress.note("another process looks for missed texts at the moment; waiting for it");
    await pause(TAKEN_MS, signal);
    if (signal.aborted) throw stoppedByUser();
  }
  if (result === null) throw new Error("nothing was run");
  return result;
}

async function run(
  database: Database,
  { telnyxApi, publicUrl, retentionMs }: TelnyxConfig,
  sinceMs: number | null,
  signal: AbortSignal,
  progress: Progress,
): Promise<RunResult> {
  const now = Date.now();
  const client = telnyxClient(telnyxApi, signal, (text) => progress.note(text));
  const writer = new Writer(database.write, () => undefined, { keepsPictures: readPictureView().keeps });
  const unreadable = new UnreadableEvents(database.write);
  const since = sinceMs === null ? await commandStart(database, DAY_MS, now) : now - sinceMs;
  const result = await recover(
    {
      database,
      client,
      now,
      retentionMs,
      webhookUrl: publicUrl === null ? null : webhookUrl(publicUrl),
      store: (messages) => writer.store(messages),
      keepUnreadable: (body, reason) => unreadable.keep(body, reason),
      onProgress: (report) => progress.show(report),
    },
    { since, until: now, checksRecords: true, asksAgain: true },
  );
  // With a --since of its own it may have left out what is between.
  if (sinceMs === null && result.isDelivered) await advance(database, result);
  if (!signal.aborted) await noteRun(database, result);
  return result;
}

/** Throws what kept it from being finished, after what was found. */
function show(options: OutputOptions, { report, failure }: RunResult): void {
  for (const { telnyx_id, from, to, received_at, reason } of report.unrecovered)
    note(escaped(`not recovered: ${from} → ${to} of ${received_at ?? "no time"}: ${reason} (${telnyx_id})`));
  if (options.json) printJson(report);
  else print(sentences(report));
  if (failure instanceof TelnyxFailure)
    throw failure.kind === "stopped" ? stoppedByUser() : new CommandError(escaped(failure.message));
  if (failure !== null) throw failure;
  if (report.capped)
    throw new CommandError("there is more than can be read: look at a shorter time with --since");
}

function sentences(report: Report): string {
  const { since, until, stored, unrouted, duplicate, ignored, unreadable, foreign, fetched, unrecovered } =
    report;
  const others = [
    `${duplicate} were here already`,
    ...(foreign > 0 ? [`${foreign} are not of this installation`] : []),
    ...(ignored > 0 ? [`${ignored} are no SMS or MMS`] : []),
    ...(unreadable > 0 ? [`${unreadable} could not be read and are kept as they came`] : []),
  ];
  return [
    `looked from ${since} to ${until}`,
    `recovered ${stored + unrouted} messages${unrouted > 0 ? `, ${unrouted} of them unrouted` : ""}${fetched > 0 ? ` (${fetched} fetched one by one)` : ""}; ${others.join(", ")}`,
    report.complete
      ? "complete: nothing that Telnyx lists is missing"
      : `not complete${unrecovered.length > 0 ? `: ${unrecovered.length} cannot be fetched` : ""}`,
  ].join("\n");
}

function stoppedByUser(): CommandError {
  return new CommandError("stopped: what was recovered stays, and the rest comes with the next run");
}

/** On a terminal a line that says how far it is; everywhere what goes wrong on the way. */
class Progress {
  readonly #isShown = process.stderr.isTTY === true;

  show({ deliveries, detail_records, stored, unrouted }: Report): void {
    if (!this.#isShown) return;
    const pages = `deliveries: ${deliveries.pages} pages · records: ${detail_records.pages} pages`;
    const columns = process.stderr.columns || 80;
    process.stderr.write(`${CLEAR}${`${pages} · ${stored + unrouted} recovered`.slice(0, columns - 1)}`);
  }

  note(text: string): void {
    this.clear();
    note(escaped(text));
  }

  clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}
