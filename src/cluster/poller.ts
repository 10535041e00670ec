/**
 * The slowest bell: looks into the database at short intervals for what other processes (commands, a second
 * service) did, and brings this process up to it.
 */
import { Changes } from "../database/walwatch.ts";
import { log, shownError } from "../log/log.ts";
import type { Tail } from "../messages/changefeed.ts";
import { Periodic } from "../platform/periodic.ts";
import type { Sessions } from "../stream/sessions.ts";

/** A look into a file at rest costs one question to the file system, and into a remote database a round trip. */
const POLL_LOCAL_MS = 100;
const POLL_REMOTE_MS = 200;
/** When the directory could not be read for so long, streams may be showing what was revoked: they close. */
const BLIND_MS = 30_000;

export interface PollDeps {
  readonly tail: Tail;
  readonly sessions: Sessions;
  readonly everyMs: number;
  /** Whether a look may find something. */
  readonly mayHaveCome: () => boolean;
  /** Milliseconds of a clock that is never set: a wall clock set forward would end all streams at once. */
  readonly steady: () => number;
}

/** How often to look into a database, and when it is worth it; `path` is null for a remote one. */
export function rhythm(path: string | null): Pick<PollDeps, "everyMs" | "mayHaveCome"> {
  if (path === null) return { everyMs: POLL_REMOTE_MS, mayHaveCome: () => true };
  const changes = new Changes(path);
  return { everyMs: POLL_LOCAL_MS, mayHaveCome: () => changes.mayHaveCome() };
}

export class Poll {
  readonly #deps: PollDeps;
  readonly #looks = new Periodic(() => this.#look());
  /** By the steady clock: when all that is open last agreed with the directory. */
  #sawAt: number;
  /** It is said once that the database cannot be read, and once that it can; meanwhile each look is a real one. */
  #isBlind = false;

  constructor(deps: PollDeps) {
    this.#deps = deps;
    this.#sawAt = deps.steady();
  }

  start(): void {
    this.#looks.start(this.#deps.everyMs);
  }

  stop(): void {
    this.#looks.stop();
  }

  async #look(): Promise<number> {
    const { tail, sessions, mayHaveCome, steady, everyMs } = this.#deps;
    try {
      if (!this.#isBlind && !mayHaveCome()) return everyMs;
      await tail.catchUp();
      await sessions.reauthorize(tail.installation.directoryVersion);
      this.#sawAt = steady();
      if (this.#isBlind) log.info("the database answers again");
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind) log.error("the database cannot be read; it is tried again", shownError(error));
      this.#isBlind = true;
      if (steady() - this.#sawAt > BLIND_MS) sessions.closeAll("overloaded");
    }
    return everyMs;
  }
}
