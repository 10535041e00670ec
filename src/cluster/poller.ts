/**
 * The slowest bell: looks into the database at short intervals for what other processes (commands, a second
 * service) did, and brings this process up to it.
 */
import { Changes } from "../database/walwatch.ts";
import type { Guard } from "../keys/authenticator.ts";
import { log, shownError } from "../log/log.ts";
import type { Tail } from "../messages/changefeed.ts";
import type { Streams } from "../stream/registry.ts";
import type { Waits } from "../stream/waiters.ts";

/** A look into a file at rest costs one question to the file system, and into a remote database a round trip. */
const POLL_LOCAL_MS = 100;
const POLL_REMOTE_MS = 200;
/** When the directory could not be read for so long, streams may be showing what was revoked: they close. */
const BLIND_MS = 30_000;

export interface PollDeps {
  readonly tail: Tail;
  readonly guard: Guard;
  readonly streams: Streams;
  readonly waits: Waits;
  readonly everyMs: number;
  /** Whether a look may find something. */
  readonly mayHaveCome: () => boolean;
  readonly now: () => number;
}

/** How often to look into a database, and when it is worth it; `path` is null for a remote one. */
export function rhythm(path: string | null): Pick<PollDeps, "everyMs" | "mayHaveCome"> {
  if (path === null) return { everyMs: POLL_REMOTE_MS, mayHaveCome: () => true };
  const changes = new Changes(path);
  return { everyMs: POLL_LOCAL_MS, mayHaveCome: () => changes.mayHaveCome() };
}

export class Poll {
  readonly #deps: PollDeps;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;
  #sawAt: number;
  #isBlind = false;

  constructor(deps: PollDeps) {
    this.#deps = deps;
    this.#sawAt = deps.now();
  }

  start(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), this.#deps.everyMs);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { tail, guard, streams, waits, mayHaveCome, now } = this.#deps;
    try {
      if (!this.#isBlind && !mayHaveCome()) return this.start();
      await tail.catchUp();
      const { directoryVersion } = tail.installation;
      guard.refresh(directoryVersion);
      await streams.judge(directoryVersion);
      await waits.judge(directoryVersion);
      this.#sawAt = now();
      if (this.#isBlind) log.info("the database answers again");
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind) log.error("the database cannot be read; it is tried again", shownError(error));
      this.#isBlind = true;
      if (now() - this.#sawAt > BLIND_MS) {
        streams.closeAll("overloaded");
        waits.endAll("overloaded");
      }
    }
    this.start();
  }
}
