/**
 * The slowest bell: looks into the database at short intervals for what other processes (commands, a second
 * service) did, and brings this process up to it.
 */
import type { Waits } from "../history/waits.ts";
import type { Guard } from "../keys/guard.ts";
import { log, shownError } from "../log.ts";
import type { Tail } from "../messages/tail.ts";
import type { Streams } from "../stream/streams.ts";

/** A look costs a tenth of a millisecond on a local file, and a round trip on a remote database. */
export const POLL_LOCAL_MS = 100;
export const POLL_REMOTE_MS = 200;
/** When the directory could not be read for so long, streams may be showing what was revoked: they close. */
const BLIND_MS = 30_000;

export interface PollDeps {
  readonly tail: Tail;
  readonly guard: Guard;
  readonly streams: Streams;
  readonly waits: Waits;
  readonly everyMs: number;
  readonly now: () => number;
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
    const { tail, guard, streams, waits, now } = this.#deps;
    try {
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
