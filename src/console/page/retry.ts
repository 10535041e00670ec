/** Asks the server until it answers, with growing waits that can be seen and cut short. */
import { backoffMs, pause } from "../../client/backoff.ts";
import { RequestFailed } from "./api.ts";
import type { Connection } from "./connection.ts";

/** Not reached, slowed down, or the server's own trouble: another time it may be different. */
const PASSING = new Set([0, 429, 500, 502, 503, 504]);
const FIRST_WAIT_MS = 2_000;

export class Patience {
  readonly #signal: AbortSignal;
  readonly #onWait: (connection: Connection) => void;
  /** Ends the present wait. */
  #wait = new AbortController();

  constructor(signal: AbortSignal, onWait: (connection: Connection) => void) {
    this.#signal = signal;
    this.#onWait = onWait;
  }

  /** Throws what asking again would not change, and everything once the signal is aborted. */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await ask();
      } catch (error) {
        const isPassing = error instanceof RequestFailed && PASSING.has(error.status);
        if (this.#signal.aborted || !isPassing) throw error;
        const ms = error.retryMs ?? backoffMs(failures, FIRST_WAIT_MS, Math.random);
        this.#onWait({ kind: "reconnecting", why: error.message, retryAt: Date.now() + ms });
        this.#wait = new AbortController();
        await pause(ms, this.#wait.signal);
      }
    }
  }

  /** The present wait is over. */
  hurry(): void {
    this.#wait.abort();
  }
}
