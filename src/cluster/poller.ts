/**
 * Looks into the database for what other processes (commands, a second service) did, and brings this process up to it:
 * at short intervals, and when a bell rings.
 */
import { WalWatch } from "../database/file/walwatch.ts";
import { errorFields, log } from "../log/log.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import { Periodic } from "../platform/periodic.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { Ring } from "./bell.ts";

/** A look into a file at rest costs one question to the file system, and into a remote database a round trip. */
const POLL_LOCAL_MS = 100;
const POLL_REMOTE_MS = 200;
/** When the directory could not be read for so long, streams may be showing what was revoked: they close. */
const UNREADABLE_MS = 30_000;

/** While a bell is heard: a ring may still be lost, and what was revoked is to close within two seconds. */
const POLL_HEARD_MS = 1_000;

export interface PollerDeps {
  readonly changeFeed: ChangeFeed;
  readonly sessions: Sessions;
  /** Told of the newest question that a command has asked. */
  readonly rollcall?: { readonly hear: (newest: number) => Promise<void> };
  readonly everyMs: number;
  /** Whether a bell between machines rings for us. */
  readonly isHeard?: () => boolean;
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
  readonly #looks = new Periodic(() => this.#round());
  /** By the monotonic clock: when all that is open last agreed with the directory. */
  #sawAt: number;
  /** The version of the directory that it then agreed with. */
  #judged = -1;
  /** It is said once that the database cannot be read, and once that it can; meanwhile each look is a real one. */
  #isUnreadable = false;
  /** The look under way. */
  #current: Promise<void> | null = null;
  /** A bell rang during it: what it rang for may have come after what was read. */
  #isDue = false;

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

  /** A bell rang. What is known already costs a comparison: an echo, a ring that comes twice or late. */
  hear({ position, directory }: Ring): void {
    const { changeFeed } = this.#deps;
    if (this.#looks.isStopped) return;
    if (directory > this.#judged) this.#isDue = true;
    else if (position > changeFeed.position) changeFeed.wake();
    if (this.#isDue) void this.#look();
  }

  async #round(): Promise<number> {
    const { mayHaveChanged, everyMs, isHeard } = this.#deps;
    if (this.#isUnreadable || mayHaveChanged()) await this.#look();
    return isHeard?.() ? Math.max(everyMs, POLL_HEARD_MS) : everyMs;
  }

  /** Shared by whoever asks while it is under way. */
  #look(): Promise<void> {
    this.#current ??= this.#lookUntilDone().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }

  async #lookUntilDone(): Promise<void> {
    do {
      this.#isDue = false;
      await this.#lookOnce();
    } while (this.#isDue && !this.#isUnreadable);
  }

  async #lookOnce(): Promise<void> {
    const { changeFeed, sessions, rollcall, monotonic } = this.#deps;
    try {
      await changeFeed.catchUp();
      const { directoryVersion } = changeFeed.installation;
      await sessions.reauthorize(directoryVersion);
      this.#judged = directoryVersion;
      void rollcall?.hear(changeFeed.installation.question);
      this.#sawAt = monotonic();
      if (this.#isUnreadable) log.info("the database answers again");
      this.#isUnreadable = false;
    } catch (error) {
      if (!this.#isUnreadable)
        log.error("the database cannot be read; it is tried again", errorFields(error));
      this.#isUnreadable = true;
      if (monotonic() - this.#sawAt > UNREADABLE_MS) sessions.closeAll("overloaded");
    }
  }
}
