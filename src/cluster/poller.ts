/**
 * The slowest bell: looks into the database at short intervals for what other processes (commands, a second
 * service) did, and brings this process up to it.
 */
import { WalWatch } from "../database/file/walwatch.ts";
import { errorFields, log } from "../log/log.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import { Periodic } from "../platform/periodic.ts";
import type { Sessions } from "../stream/sessions.ts";

/** A look into a file at rest costs one question to the file system, and into a remote database a round trip. */
const POLL_LOCAL_MS = 100;
const POLL_REMOTE_MS = 200;
/** When the directory could not be read for so long, streams may be showing what was revoked: they close. */
const UNREADABLE_MS = 30_000;

export interface PollerDeps {
  readonly changeFeed: ChangeFeed;
  readonly sessions: Sessions;
  readonly everyMs: number;
  /** Whether a look may find something. */
  readonly mayHaveChanged: () => boolean;
  /** Milliseconds of a clock that is never set: a wall clock set forward would end all streams at once. */
  readonly monotonic: () => number;
}

/** How often to look into a database, and when it is worth it; `path` is null for a remote one. */
export function pollInterval(path: string | null): Pick<PollerDeps, "everyMs" | "mayHaveChanged"> {
  if (path === null) return { everyMs: POLL_REMOTE_MS, mayHaveChanged: () => true };
  const changes = new WalWatch(path);
  return { everyMs: POLL_LOCAL_MS, mayHaveChanged: () => changes.mayHaveChanged() };
}

export class Poller {
  readonly #deps: PollerDeps;
  readonly #looks = new Periodic(() => this.#look());
  /** By the monotonic clock: when all that is open last agreed with the directory. */
  #sawAt: number;
  /** It is said once that the database cannot be read, and once that it can; meanwhile each look is a real one. */
  #isUnreadable = false;

  constructor(deps: PollerDeps) {
    this.#deps = deps;
    this.#sawAt = deps.monotonic();
  }

  start(): void {
    this.#looks.start(this.#deps.everyMs);
  }

  stop(): void {
    this.#looks.stop();
  }

  async #look(): Promise<number> {
    const { changeFeed, sessions, mayHaveChanged, monotonic, everyMs } = this.#deps;
    try {
      if (!this.#isUnreadable && !mayHaveChanged()) return everyMs;
      await changeFeed.catchUp();
      await sessions.reauthorize(changeFeed.installation.directoryVersion);
      this.#sawAt = monotonic();
      if (this.#isUnreadable) log.info("the database answers again");
      this.#isUnreadable = false;
    } catch (error) {
      if (!this.#isUnreadable)
        log.error("the database cannot be read; it is tried again", errorFields(error));
      this.#isUnreadable = true;
      if (monotonic() - this.#sawAt > UNREADABLE_MS) sessions.closeAll("overloaded");
    }
    return everyMs;
  }
}
