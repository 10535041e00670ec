/**
 * Whether what is written will be there after a restart. Every write of the service goes through here. While nothing can
 * be stored, webhooks and `/readyz` are told so, and a small write each second finds out when it works again. While the
 * open files are not those of their names, nothing is written, and they stay open. When this process cannot know what is
 * on disk (a sync failed, somebody wrote into the file), it ends: the next one reads what is there.
 */

import { type ApiError, errorCode, unavailable } from "../errors.ts";
import { errorFields, log } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { isMisplaced, isRowsFault, isSyncFailure } from "./failure.ts";
import type { OpenFiles } from "./file/openfiles.ts";
import { putLogBack } from "./file/putback.ts";
import type { Statement, Write } from "./result.ts";

/** The interval of the small write, while nothing can be stored. */
const PROBE_MS = 1_000;
/** How often a server is asked whether it accepts writes. */
const ASK_MS = 15_000;
/** Changes nothing, but is a commit all the same: a page goes into the log, and is synced. */
const PROBE: Statement = "UPDATE installation SET epoch = epoch WHERE id = 1";
/** How often the files are checked; each write checks them, too. */
const LOOK_MS = 100;

/** A folder is removed or moved one file after the other, in any order: the first missing file is not the whole story. */
const SETTLED_MS = 300;

const NEXT = "this process ends, and the next one reads what is there";
const ENDINGS: Readonly<Record<string, string>> = {
  INLET_FILE_CHANGED: `the database file was written into by another program while it was open (restored over?): ${NEXT}. Restore a backup while the service is stopped`,
  INLET_INDEX_MOVED: `the database's -shm file was removed or replaced while it was open; nothing is lost: ${NEXT}`,
  INLET_LOG_MOVED: `the database's -wal file was removed while it was open, and has been put back: ${NEXT}`,
};
const SYNC_ENDING = `a sync to the disk failed, so what was written last may not be there: ${NEXT}`;
const LOST =
  "the database's files were moved, removed or replaced: nothing is stored until they are back in their place. To serve what is there now, restart the service; what was removed is gone then, and can be copied from where it is held until then";

export class DatabaseHealth {
  /** Resolves when this process must end. */
  readonly failed: Promise<void>;
  readonly #write: Write;
  readonly #files: () => OpenFiles | null;
  readonly #fail: () => void;
  #isFinal = false;
  #isLost = false;
  #hasSaidLost = false;
  /** When the log or its index was first missing while the file was in its place, in ms of the monotonic clock. */
  #brokenAt: number | null = null;
  #isUnwritable = false;
  #isStopped = false;
  #probe: ReturnType<typeof setTimeout> | null = null;
  readonly #looking: ReturnType<typeof setInterval>;
  readonly #asking: ReturnType<typeof setInterval> | null = null;
  readonly #unwritable = new ThrottledLog("nothing can be stored; it is tried again", "error");

  /**
   * `files` are those of a connection of this thread, if there is one. A server that `mayRefuse` writes for reasons of its
   * own (a token that only reads, a quota) is asked even when nobody writes.
   */
  constructor(write: Write, files: () => OpenFiles | null, mayRefuse = false) {
    this.#write = write;
    this.#files = files;
    if (mayRefuse) this.#asking = setInterval(() => this.#ask(), ASK_MS);
    this.#asking?.unref();
    if (mayRefuse) this.#ask();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.failed = promise;
    this.#fail = resolve;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  #ask(): void {
    if (!this.#isUnwritable) void this.write([PROBE]).catch(() => undefined); // else it is tried each second
  }

  /** From then on this process must not touch the file. */
  get hasFailed(): boolean {
    return this.#isFinal;
  }

  /** Why nothing can be stored, as `/readyz` answers it; null when all is well. */
  get trouble(): string | null {
    if (this.#isFinal) return "The server ends, to read its database anew.";
    if (this.#isLost) return "The database is not in its place.";
    return this.#isUnwritable ? "Nothing can be stored." : null;
  }

  /** Throws the fault `unavailable` when nothing was stored; passes on the errors that are the fault of a row. */
  write: Write = async (statements) => {
    if (this.#isFinal || this.#isLost) throw this.#refusal(null);
    try {
      const results = await this.#write(statements);
      // Another write's sync failed meanwhile, so the success of this one proves nothing.
      if (this.#isFinal) throw this.#refusal(null);
      if (statements.length > 0) this.#recover();
      return results;
    } catch (error) {
      if (this.#isStopped || isRowsFault(error)) throw error;
      this.note(error);
      if (!this.#isFinal && !this.#isLost) this.#suffer(error);
      throw this.#refusal(error);
    }
  };

  /** For errors of the database that were met elsewhere: a sync may fail in any of its threads. */
  note(error: unknown): void {
    if (this.#isFinal) return;
    if (isSyncFailure(error)) this.#end(SYNC_ENDING, errorFields(error));
    else if (isMisplaced(error)) this.#misplaced(errorCode(error) ?? "");
  }

  /** Ends the checks and the retries. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#looking);
    if (this.#asking) clearInterval(this.#asking);
    if (this.#probe) clearTimeout(this.#probe);
  }

  #look(): void {
    const files = this.#files();
    const misplacement = files?.misplacement();
    if (misplacement) return this.note(misplacement);
    if (this.#hasSaidLost) log.info("the database is back in its place");
    this.#isLost = this.#hasSaidLost = false;
    this.#brokenAt = null;
    // The writing thread knows whether that was a checkpoint.
    if (files?.wereWritten()) void this.write([]).catch(() => undefined);
  }

  #misplaced(code: string): void {
    const files = this.#files();
    if (code === "INLET_FILE_CHANGED") return this.#end(ENDINGS[code] ?? NEXT, { code });
    this.#isLost = true;
    if (code !== "INLET_FILE_MOVED") {
      this.#brokenAt ??= performance.now();
      if (performance.now() - this.#brokenAt < SETTLED_MS) return; // the next look comes
      if (code === "INLET_INDEX_MOVED" || putLogBack(files))
        return this.#end(ENDINGS[code] ?? NEXT, { code });
    }
    if (!this.#hasSaidLost) log.error(LOST, { code, held: files?.held() ?? [] });
    this.#hasSaidLost = true;
  }

  #end(why: string, known: Record<string, unknown>): void {
    this.#isFinal = true;
    this.stop();
    log.error(why, known);
    this.#fail();
  }

  #suffer(error: unknown): void {
    this.#isUnwritable = true;
    this.#unwritable.count(errorFields(error));
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#probe) clearTimeout(this.#probe);
    if (this.#isStopped) return;
    this.#probe = setTimeout(() => {
      if (this.#isLost) this.#probeLater();
      else void this.write([PROBE]).catch(() => undefined); // its failure asks for another
    }, PROBE_MS);
    this.#probe.unref();
  }

  #recover(): void {
    if (!this.#isUnwritable) return;
    this.#isUnwritable = false;
    if (this.#probe) clearTimeout(this.#probe);
    log.info("messages can be stored again");
  }

  #refusal(cause: unknown): ApiError {
    return unavailable(cause, this.trouble ?? undefined, 1);
  }
}
