/**
 * Group commit: all messages that wait go into one transaction, one transaction at a time. A promise it gave is
 * kept only when the message is on disk, so everyone's 200 follows the sync that covers it.
 */

import { isRowsFault } from "../database/failure.ts";
import type { Result, Write } from "../database/result.ts";
import { ApiError, unavailable } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import type { InboundMessage, StoredMessage } from "../message.ts";
import { inTurns } from "../platform/eventloop.ts";
import { Histogram } from "../platform/histogram.ts";
import { limitHits } from "../platform/limithits.ts";
import type { Reached } from "./changefeed.ts";
import { insertedMessages, insertStatement, type Outcome, outcomes } from "./insert.ts";
import { traceAll } from "./journey.ts";
import { insertPictures } from "./pictures.ts";
import { toWaiting, type Waiting } from "./waiting.ts";

/** 500 rows take about 15 ms with their sync; larger batches make the first of them wait longer for no gain. */
const BATCH_ROWS = 500;
/** sqld refuses parameters of 5 MB. One row may be larger than this and then goes alone. */
const BATCH_BYTES = 1024 * 1024;
/** Beyond this the disk is not keeping up, and Telnyx is told to come back: about two seconds' worth. */
const QUEUE_ROWS = 20_000;
const QUEUE_BYTES = 64 * 1024 * 1024;

/**
 * When so many came during one commit, the next waits for more to come with them: a commit costs as much as ten rows
 * do, and a few milliseconds are nothing to those who wait behind so many.
 */
const BUSY_ROWS = 8;
const GATHER_MS = 2;

/** Messages announced, or answered, in one turn of the event loop: after a stall of the disk hundreds are due at once. */
const ROWS_A_TURN = 64;

/** What Telnyx sends again will be refused again. */
const refused = new ThrottledLog("a message cannot be stored as it is", "error");
const unsaid = new ThrottledLog("messages could not be stored", "error");

/**
 * For how long a message is tried again that a server could not take, of the second and a half that a webhook has; and
 * how long after each try. An insert does nothing the second time, so that it may be repeated where nobody knows what
 * became of it.
 */
const REMOTE_PATIENCE_MS = 1_000;
const AGAIN_MS = 50;

/** `before`: what the database had reached before. */
type OnCommit = (inserted: readonly StoredMessage[], before: Reached) => void;

/** Rows of one commit. */
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, BATCH_ROWS];

const NOWHERE: Reached = { epoch: "", position: 0 };

export interface WriterOptions {
  readonly reached?: () => Reached;
  /** A server may be started anew in less than Telnyx waits: a message is tried again until then. */
  readonly isRemote?: boolean;
  /** Whether pictures are to be kept. */
  readonly keepsPictures?: boolean;
}

export class Writer {
  /** Plain numbers, for whoever watches. */
  readonly stats = { commitSeconds: new Histogram(), batchRows: new Histogram(ROWS), stored: 0, unrouted: 0 };
  readonly #write: Write;
  readonly #onCommit: OnCommit;
  readonly #reached: () => Reached;
  readonly #patienceMs: number;
  readonly #keepsPictures: boolean;
  #queue: Waiting[] = [];
  #queueBytes = 0;
  /** The loop that empties the queue, while there is one. */
  #running: Promise<void> | null = null;

  /** `onCommit` is told what each transaction inserted, before anybody's promise is kept. */
  constructor(write: Write, onCommit: OnCommit, options: WriterOptions = {}) {
    this.#write = write;
    this.#onCommit = onCommit;
    this.#reached = options.reached ?? (() => NOWHERE);
    this.#patienceMs = options.isRemote ? REMOTE_PATIENCE_MS : 0;
    this.#keepsPictures = options.keepsPictures ?? false;
  }

  /** Messages that wait to be stored. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** What became of each message, once they are on disk. Throws the fault `unavailable` when they may not be. */
  async store(messages: readonly InboundMessage[]): Promise<Outcome[]> {
    // A loop that has nothing to do would be over before it is noted as running, and so be noted for ever.
    if (messages.length === 0) return [];
    if (this.#queue.length + messages.length > QUEUE_ROWS || this.#queueBytes > QUEUE_BYTES) {
      limitHits.add("unstored_messages", messages.length);
      throw unavailable(null, "Too many messages wait to be stored.", 1);
    }
    const outcomes = Promise.all(messages.map((message) => this.#enqueue(message)));
    this.#running ??= this.#run();
    return outcomes;
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #enqueue(inbound: InboundMessage): Promise<Outcome> {
    const { promise, waiting } = toWaiting(inbound, this.#keepsPictures);
    this.#queue.push(waiting);
    this.#queueBytes += waiting.bytes;
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#commit(this.#takeBatch());
      if (this.#queue.length >= BUSY_ROWS) await Bun.sleep(GATHER_MS);
    }
    this.#running = null;
  }

  #takeBatch(): Waiting[] {
    let rows = 0;
    let bytes = 0;
    for (const waiting of this.#queue) {
      if (rows > 0 && (rows === BATCH_ROWS || bytes + waiting.bytes > BATCH_BYTES)) break;
      rows++;
      bytes += waiting.bytes;
    }
    this.#queueBytes -= bytes;
    return this.#queue.splice(0, rows);
  }

  async #insert(batch: readonly Waiting[]): Promise<readonly Result[]> {
    const pictures = batch.flatMap((waiting) => waiting.pictures);
    const inserts = [
      insertStatement(batch.map((waiting) => waiting.row)),
      ...(pictures.length > 0 ? [insertPictures(pictures)] : []),
    ];
    const until = (batch[0]?.cameAt ?? 0) + this.#patienceMs;
    for (;;) {
      try {
        return await this.#write(inserts);
      } catch (error) {
        if (isRowsFault(error) || performance.now() + AGAIN_MS > until) throw error;
        await Bun.sleep(AGAIN_MS);
      }
    }
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const before = this.#reached();
    const begunAt = performance.now();
    try {
      const [result] = await this.#insert(batch);
      if (!result) throw new Error("the insert answered nothing");
      this.stats.commitSeconds.observe((performance.now() - begunAt) / 1000);
      this.stats.batchRows.observe(batch.length);
      const messages = batch.map((waiting) => waiting.message);
      const inserted = insertedMessages(messages, result);
      traceAll(inserted, "commit", begunAt, { "inlet.batch": inserted.length });
      this.stats.stored += inserted.length;
      for (const { account_id } of inserted) if (account_id === null) this.stats.unrouted++;
      const became = outcomes(messages, inserted);
      await inTurns(inserted, ROWS_A_TURN, (part) => this.#onCommit(part, before));
      await inTurns(batch, ROWS_A_TURN, (part, from) => {
        for (const [i, waiting] of part.entries()) waiting.resolve(became[from + i] ?? "duplicate");
      });
    } catch (error) {
      if (!isRowsFault(error)) {
        // A fault was said where it was found.
        if (!(error instanceof ApiError)) unsaid.count({ rows: batch.length, ...errorFields(error) });
        for (const waiting of batch) waiting.reject(unstored(error));
      } else if (batch.length === 1) {
        refused.count(errorFields(error));
        batch[0]?.reject(unstored(error));
      } else {
        // One bad row must harm only itself: halves find it in some twenty writes of five hundred.
        const middle = batch.length >>> 1;
        await this.#commit(batch.slice(0, middle));
        await this.#commit(batch.slice(middle));
      }
    }
  }
}

function unstored(cause: unknown): ApiError {
  return unavailable(cause, "The message could not be stored.", 1);
}
