/**
 * Recovery in the service: at its start, and then at an interval, in the background. It delays neither webhooks nor
 * the end of the process, and logs when it fails and when it works again.
 */
import type { Config } from "../../config/config.ts";
import type { Database } from "../../database/open.ts";
import { ApiError } from "../../errors.ts";
import { errorFields, log } from "../../log/log.ts";
import { masked } from "../../message.ts";
import { withLease } from "../../messages/lease.ts";
import type { Writer } from "../../messages/writer.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { Periodic } from "../../platform/periodic.ts";
import { TelnyxClient } from "../client.ts";
import { TelnyxFailure } from "../failure.ts";
import type { UnreadableEvents } from "../unreadable.ts";
import { webhookUrl } from "../webhook.ts";
import { advance, noteRun, readCheckpoint } from "./checkpoints.ts";
import type { Report } from "./report.ts";
import { recover } from "./run.ts";
import { serviceStart } from "./start.ts";

export interface RoundsDeps {
  readonly database: Database;
  /** The writer that stores webhooks, too. */
  readonly writer: Writer;
  readonly unreadable: UnreadableEvents;
  readonly now: () => number;
}

type RoundsConfig = Pick<Config, "telnyxApi" | "backfillMs" | "publicUrl" | "retentionMs">;

/** The first look waits until the port is open, so that questions about readiness are answered first. */
const START_MS = 50;
/** How long to wait when another process, which may have been killed, holds the lease at the start. */
const TAKEN_MS = 1_000;
/** After a failure it does not wait for the whole of a long interval. */
const FAILED_MS = 60_000;
const MIN_MS = 50;
/** How long a drain waits for it. */
const LAST_ROUND_MS = 200;
/** How often the records are looked at: they take five times the pages of the deliveries. */
const RECORDS_MS = 3_600_000;
/** A key that may not read the records never will, and their window grows: then they are tried once an hour. */
const MAX_RECORDS_FAILURES = 3;
/** A look of another process that began so recently counts for this one. */
const REST = 0.9;

export class Rounds {
  readonly #config: RoundsConfig;
  readonly #deps: RoundsDeps;
  readonly #stop = new AbortController();
  readonly #periodic = new Periodic(() => {
    this.#running = this.#round();
    return this.#running;
  });
  #running: Promise<number> = Promise.resolve(0);
  #isFirst: boolean;
  #hasFailed = false;
  /** The trouble that was logged: it is not logged again until it changes, or until it works again. */
  #trouble: string | null = null;
  #unrecovered = 0;
  /** In a row, at looks at which the deliveries could be read. */
  #recordsFailures = 0;
  /** Milliseconds since 1970. */
  #recordsTriedAt = 0;

  /** `looksAtStart` is false where another process of the same start does it: of several workers one looks at once. */
  constructor(config: RoundsConfig, deps: RoundsDeps, looksAtStart: boolean) {
    this.#config = config;
    this.#deps = deps;
    this.#isFirst = looksAtStart;
  }

  /** Does nothing without an API key, or when the interval is 0. */
  start(): void {
    if (this.#config.telnyxApi === null || this.#config.backfillMs === 0) return;
    this.#periodic.start(this.#isFirst ? START_MS : this.#everyMs);
  }

  /** Ends the look that is under way. */
  stop(): void {
    this.#periodic.stop();
    this.#stop.abort();
  }

  /** After {@link stop}: resolves when nothing is under way, or after 200 ms. What was half done is done again later. */
  async stopped(): Promise<void> {
    const late = () => new Error("a look for missed texts did not end in time");
    await withDeadline(this.#running, LAST_ROUND_MS, late).catch(() => undefined);
  }

  get #everyMs(): number {
    return Math.max(MIN_MS, this.#config.backfillMs);
  }

  /** Resolves to the time until the next look, in ms. */
  async #round(): Promise<number> {
    const every = this.#hasFailed ? Math.min(this.#everyMs, FAILED_MS) : this.#everyMs;
    try {
      const restMs = this.#isFirst ? 0 : every * REST;
      const isDone = await withLease(this.#deps.database, restMs, () => this.#look());
      if (!isDone) return this.#isFirst ? Math.min(TAKEN_MS, every) : every;
      this.#isFirst = false;
    } catch (error) {
      if (this.#stop.signal.aborted) return every;
      this.#hasFailed = true;
      this.#isFirst = false;
      // The fault was logged where it was found.
      if (!(error instanceof ApiError)) this.#say(error);
      return Math.min(this.#everyMs, FAILED_MS);
    }
    return this.#everyMs;
  }

  async #look(): Promise<void> {
    const { database, writer, unreadable } = this.#deps;
    const { telnyxApi: access, publicUrl, retentionMs } = this.#config;
    if (access === null) return;
    const now = this.#deps.now();
    const client = new TelnyxClient(access, {
      signal: this.#stop.signal,
      onRetry: (failure) => this.#say(failure),
    });
    const checkedAt = (await readCheckpoint(database, "records"))?.checkedAt ?? 0;
    const triedAt = Math.max(checkedAt, this.#recordsTriedAt);
    const isSoon = this.#recordsFailures > 0 && this.#recordsFailures < MAX_RECORDS_FAILURES;
    const checksRecords = this.#isFirst || isSoon || Date.now() - triedAt >= RECORDS_MS;
    const since = await serviceStart(database, checksRecords, now);
    const window = { since, until: now, checksRecords, asksAgain: false };
    const result = await recover(
      {
        database,
        client,
        now,
        retentionMs,
        webhookUrl: publicUrl === null ? null : webhookUrl(publicUrl),
        store: (messages) => writer.store(messages),
        keepUnreadable: (body, reason) => unreadable.keep(body, reason),
      },
      window,
    );
    const { report, recordsThrough, failure, isDelivered } = result;
    this.#sayFound(report);
    if (this.#stop.signal.aborted) return;
    await noteRun(database, result);
    if (checksRecords && isDelivered) {
      this.#recordsTriedAt = Date.now();
      this.#recordsFailures = recordsThrough === null ? this.#recordsFailures + 1 : 0;
    }
    if (isDelivered) await advance(database, { report, recordsThrough });
    if (failure !== null) throw failure;
    if (report.capped)
      throw new TelnyxFailure("capped", "Telnyx has more texts in a second than can be read");
    this.#hasFailed = false;
    if (this.#recordsFailures > 0) return;
    if (this.#trouble !== null) log.info("missed webhooks can be looked for again");
    this.#trouble = null;
  }

  #sayFound({ stored, unrouted, unrecovered }: Report): void {
    if (stored + unrouted > 0)
      log.info("texts whose webhooks never came were recovered", { stored, unrouted });
    if (unrecovered.length > this.#unrecovered)
      log.warning("texts are missing that Telnyx does not give: see inlet telnyx backfill", {
        unrecovered: unrecovered.length,
      });
    this.#unrecovered = unrecovered.length;
  }

  #say(error: unknown): void {
    const isTelnyx = error instanceof TelnyxFailure;
    // Telnyx's words may hold an id that differs each time.
    const trouble = isTelnyx && error.status !== null ? `${error.kind} ${error.status}` : reasonOf(error);
    if (trouble === this.#trouble || this.#stop.signal.aborted) return;
    this.#trouble = trouble;
    log.warning("missed webhooks cannot be looked for; it is tried again", { reason: reasonOf(error) });
  }
}

/** Masks phone numbers in Telnyx's words, which the log must not show. */
function reasonOf(error: unknown): string {
  if (!(error instanceof TelnyxFailure)) return JSON.stringify(errorFields(error));
  return error.message.replace(/\+?\d{7,15}/g, (number) => masked(number));
}
