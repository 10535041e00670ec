/**
 * Fetches what is due, one process at a time for all: beside the webhooks, which never wait for it, and given up in a
 * moment when the service stops. What may be there another time is tried again with growing waits.
 */
import type { Database } from "../database/open.ts";
import { ApiError, errorCode } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { withLease } from "../messages/lease.ts";
import { Tally } from "../platform/tally.ts";
import { type PictureFiles, SMIL } from "./files.ts";
import { Patience, type Times } from "./patience.ts";
import { REASONS, Refusal } from "./refusal.ts";
import { type RequestDeps, requestPicture } from "./request.ts";
import { type Due, duePictures, noteRefused, noteStored } from "./rows.ts";

const MAX_AT_ONCE = 8;
const MAX_OF_MESSAGE = 2;
/** Of 64, eight are of other messages than the first. */
const LOOK_ROWS = 64;
/** How often it is looked for what is due. */
const INTERVAL_MS = 1_000;
const REMOTE_INTERVAL_MS = 3_000;

const SECOND_MS = 1_000;
/** An hour and a few minutes in all. */
const WAITS_MS = [2, 10, 30, 60, 180, 600, 1_200, 1_800].map((seconds) => seconds * SECOND_MS);
/** Telnyx may name a link before its file is there; after 20 s that is over, the looks between them counted. */
const GONE_WAITS_MS = [2, 4, 5].map((seconds) => seconds * SECOND_MS);

export interface FetcherDeps {
  readonly database: Database;
  readonly isRemote: boolean;
  readonly files: PictureFiles;
  readonly request: RequestDeps;
  readonly times?: Times;
}

const unroomy = new ThrottledLog("pictures wait: less than 5 % or 500 MB of the disk is free");
const unfetched = new ThrottledLog("pictures could not be looked after; it is tried again");
/** One for each reason: each is told at once, and none is drowned by another. */
const refused = new Map(REASONS.map((reason) => [reason, new ThrottledLog("a picture could not be kept")]));

export class Fetcher {
  /** Plain numbers, for whoever watches. */
  readonly stats = new Tally(["stored", ...REASONS]);
  readonly #deps: FetcherDeps;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, { readonly message_id: string; readonly done: Promise<void> }>();
  #loop: Promise<void> | null = null;
  #wake = Promise.withResolvers<void>();

  constructor(deps: FetcherDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** What is under way is given up, and stays due. */
  stop(): void {
    this.#stop.abort(new Error("the service stops"));
    this.wake();
  }

  /** Resolves when nothing is under way any more: at once after {@link stop}. */
  async stopped(): Promise<void> {
    await this.#loop;
  }

  /** Something may be due. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const [due] = await duePictures(this.#deps.database.readInBackground, 1);
        if (due && (await this.#hasRoom()))
          await withLease(this.#deps.database, 0, () => this.#fetchDue(), "pictures");
      } catch (error) {
        if (!(error instanceof ApiError)) unfetched.count(errorFields(error)); // a fault was said where it was found
      }
      if (!this.#isStopped) await this.#pause();
    }
  }

  /** Until nothing is due. */
  async #fetchDue(): Promise<void> {
    const { readInBackground } = this.#deps.database;
    try {
      while (!this.#isStopped) {
        // What ends while it is read may still be read as due.
        const under = new Set(this.#running.keys());
        const due = (await this.#hasRoom()) ? await duePictures(readInBackground, LOOK_ROWS) : [];
        for (const picture of due) if (!under.has(nameOf(picture))) this.#begin(picture);
        if (this.#running.size === 0) return;
        await this.#pause([...this.#running.values()].map(({ done }) => done));
      }
    } finally {
      await Promise.all([...this.#running.values()].map(({ done }) => done));
    }
  }

  async #hasRoom(): Promise<boolean> {
    if (await this.#deps.files.hasRoom()) return true;
    unroomy.count({ folder: this.#deps.files.folder });
    return false;
  }

  #begin(picture: Due): void {
    const { message_id } = picture;
    const name = nameOf(picture);
    if (this.#isStopped || this.#running.has(name) || this.#running.size >= MAX_AT_ONCE) return;
    const ofMessage = [...this.#running.values()].filter((each) => each.message_id === message_id);
    if (ofMessage.length >= MAX_OF_MESSAGE) return;
    const done = this.#fetch(picture)
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) unfetched.count(errorFields(error));
      })
      .finally(() => this.#running.delete(name));
    this.#running.set(name, { message_id, done });
  }

  async #fetch(picture: Due): Promise<void> {
    const { database, files, request, times } = this.#deps;
    const patience = new Patience(this.#stop.signal, times);
    let host: string | undefined;
    try {
      const had = await requestPicture(request, picture.source_url, patience);
      host = had.host;
      const kept = await files.keep(picture, host, had.bytes, picture.given_sha256);
      if (await noteStored(database, picture, kept)) this.stats.add("stored");
      else await files.remove(picture);
    } catch (error) {
      if (this.#isStopped || error instanceof ApiError) return;
      await this.#refuse(picture, refusalOf(error, patience, host));
    } finally {
      patience.abandon();
    }
  }

  async #refuse(picture: Due, refusal: Refusal): Promise<void> {
    const { reason, isPassing, host, message } = refusal;
    const waits = reason === "gone" ? GONE_WAITS_MS : WAITS_MS;
    const againMs = isPassing ? (waits[picture.tries] ?? null) : null;
    await noteRefused(this.#deps.database, picture, reason, againMs);
    if (againMs !== null || message === SMIL) return;
    this.stats.add(reason);
    const code = errorCode(refusal);
    const known = { reason, host, why: message, ...(code ? { code } : {}), message_id: picture.message_id };
    refused.get(reason)?.count(known);
  }

  async #pause(others: readonly Promise<void>[] = []): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ms = this.#deps.isRemote ? REMOTE_INTERVAL_MS : INTERVAL_MS;
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#wake.promise, ...others]);
    clearTimeout(timer);
  }
}

function nameOf({ message_id, n }: Due): string {
  return `${message_id}-${n}`;
}

/** What the network throws says little, and may say the link: only its code is told. */
function refusalOf(error: unknown, { signal }: Patience, host: string | undefined): Refusal {
  const { reason } = signal;
  if (reason instanceof Refusal)
    return new Refusal("timeout", reason.message, { ...(host ? { host } : {}), isPassing: true });
  if (error instanceof Refusal) return error;
  const code = errorCode(error);
  // The disk's own: nothing of it is the picture's fault.
  const what = code?.startsWith("E") ? `could not be read or written (${code})` : "the connection failed";
  return new Refusal("failed", what, { ...(host ? { host } : {}), cause: error, isPassing: true });
}
