/**
 * Whether what is written will be there after a restart. Every write of the service goes through here: while nothing can
 * be stored its outcome says so, to webhooks and to `/readyz`, and a small write a second finds out when it can again. A
 * failed sync is for good: the process ends, and a new one reads what is on disk.
 */
import { type Fault, unavailable } from "../errors.ts";
import { log, shownError } from "../log/log.ts";
import { Tally } from "../log/throttled.ts";
import type { Statement, Write } from "./connection.ts";
import { isRowsFault, isSyncFailure } from "./failure.ts";

/** How long nothing was written before the small write, while nothing can be stored. */
const PROBE_MS = 1_000;
/** Changes nothing, and is a commit all the same: a page goes into the log, and is synced. */
const PROBE: Statement = "UPDATE installation SET epoch = epoch WHERE id = 1";

export class DatabaseHealth {
  /** Resolves when this process must end: it cannot know what is on disk. */
  readonly failed: Promise<void>;
  readonly #write: Write;
  readonly #fail: () => void;
  /** Why nothing can be stored, for whoever asks `/readyz`. */
  #trouble: string | null = null;
  #isFinal = false;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #unwritable = new Tally("nothing can be stored; it is tried again", "error");

  constructor(write: Write) {
    this.#write = write;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.failed = promise;
    this.#fail = resolve;
  }

  /** A sync failed: nothing that this process does may touch the file any more. */
  get hasFailed(): boolean {
    return this.#isFinal;
  }

  /** Why nothing can be stored, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Throws the fault `unavailable` when it is not stored, except for the fault of a row, which it passes on. */
  write: Write = async (statements) => {
    if (this.#isFinal) throw this.#refusal(null);
    try {
      const results = await this.#write(statements);
      // Another's sync failed meanwhile: what this one was told is worth nothing.
      if (this.#isFinal) throw this.#refusal(null);
      this.#recover();
      return results;
    } catch (error) {
      if (this.#isStopped || isRowsFault(error)) throw error;
      this.note(error);
      if (!this.#isFinal) this.#suffer(error);
      throw this.#refusal(error);
    }
  };

  /** Whoever meets an error of the database tells it here, too: a sync may fail anywhere. */
  note(error: unknown): void {
    if (this.#isFinal || !isSyncFailure(error)) return;
    this.#isFinal = true;
    this.#trouble = "A sync to the disk has failed.";
    this.stop();
    log.error(
      "a sync to the disk failed, so what was written last may not be there: this process ends, and the next one reads what is",
      shownError(error),
    );
    this.#fail();
  }

  /** After this nothing is tried again. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #suffer(error: unknown): void {
    this.#trouble = "Nothing can be stored.";
    this.#unwritable.count(shownError(error));
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.write([PROBE]).catch(() => undefined), PROBE_MS);
    this.#timer.unref();
  }

  #recover(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    if (this.#timer) clearTimeout(this.#timer);
    log.info("messages can be stored again");
  }

  #refusal(cause: unknown): Fault {
    return unavailable(cause, this.#trouble ?? undefined, 1);
  }
}
