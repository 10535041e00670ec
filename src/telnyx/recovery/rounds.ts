/**
 * Recovery in the service: at its start, and then at an interval, in the background. It holds up neither a webhook nor
 * the end of the process, and says in the log when it cannot be done and when it can be again.
 */
import type { Config } from "../../config/config.ts";
import type { Database } from "../../database/open.ts";
import { ApiError } from "../../errors.ts";
import { errorFields, log } from "../../log/log.ts";
import { masked } from "../../message.ts";
import type { Writer } from "../../messages/writer.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { Periodic } from "../../platform/periodic.ts";
import { TelnyxClient } from "../client.ts";
import { TelnyxFailure } from "../failure.ts";
import type { UnreadableEvents } from "../unreadable.ts";
import { webhookUrl } from "../webhook.ts";
import { advance, noteRun, readCheckpoint } from "./checkpoints.ts";
import { withLease } from "./lease.ts";
import type { Report } from "./report.ts";
import { recover } from "./run.ts";
import { serviceStart } from "./start.ts";

export interface RoundsDeps {
  readonly database: Database;
  /** The live one. */
  readonly writer: Writer;
  readonly unreadable: UnreadableEvents;
  readonly now: () => number;
}

type RoundsConfig = Pick<Config, "telnyxApi" | "backfillMs" | "publicUrl" | "retentionMs">;

/** After the port is open, so that whoever asks whether it is ready is answered first. */
const START_MS = 50;
/** Somebody else has the lease at the start: perhaps a process that was killed. */
const TAKEN_MS = 1_000;
/** What failed is tried again sooner than after a long interval. */
const FAILED_MS = 60_000;
const MIN_MS = 50;
/** Of a drain. */
const LAST_ROUND_MS = 200;
/** The records take five times the pages of the deliveries. */
const RECORDS_MS = 3_600_000;
/** A key that may not read them never will: their window grows with each look, and is looked at once an hour. */
const MAX_RECORDS_FAILURES = 3;
/** Another process that did it a little earlier did it for this one. */
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
  /** Said once, until it is another or it works again. */
  #trouble: string | null = null;
  #unrecovered = 0;
  /** In a row, where the deliveries could be read. */
  #recordsFailures = 0;
  /** Milliseconds since 1970. */
  #recordsTriedAt = 0;

  /** `looksAtStart` is false where another process of the same start does it: of several workers one looks at once. */
  constructor(config: RoundsConfig, deps: RoundsDeps, looksAtStart: boolean) {
    this.#config = config;
    this.#deps = deps;
    this.#isFirst = looksAtStart;
  }

  /** Without a key, or where nobody wants it, nothing happens. */
  start(): void {
    if (this.#config.telnyxApi === null || this.#config.backfillMs === 0) return;
    this.#periodic.start(this.#isFirst ? START_MS : this.#everyMs);
  }

  /** Ends what is under way. */
  stop(): void {
    this.#periodic.stop();
    this.#stop.abort();
  }

  /** Resolves when nothing is under way after {@link stop}, or 200 ms later: what is half done is done again. */
  async stopped(): Promise<void> {
    const late = () => new Error("a look for missed texts did not end in time");
    await withDeadline(this.#running, LAST_ROUND_MS, late).catch(() => undefined);
  }

  get #everyMs(): number {
    return Math.max(MIN_MS, this.#config.backfillMs);
  }

  /** Resolves to the ms until the next. */
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
      // A fault was said where it was found.
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
    // Telnyx's words may hold an id that is another each time.
    const trouble = isTelnyx && error.status !== null ? `${error.kind} ${error.status}` : reasonOf(error);
    if (trouble === this.#trouble || this.#stop.signal.aborted) return;
    this.#trouble = trouble;
    log.warning("missed webhooks cannot be looked for; it is tried again", { reason: reasonOf(error) });
  }
}

/** Numbers in Telnyx's words are nobody's business. */
function reasonOf(error: unknown): string {
  if (!(error instanceof TelnyxFailure)) return JSON.stringify(errorFields(error));
  return error.message.replace(/\+?\d{7,15}/g, (number) => masked(number));
}
