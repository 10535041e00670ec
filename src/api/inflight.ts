/** How many requests of one key read the history at once: the machine is shared, and a page answers in milliseconds. */
import { ApiError } from "../errors.ts";
import { limitHits } from "../platform/limithits.ts";

/** Enough for a page in a browser, or a program that reads ahead; more in parallel is no faster. */
export const MAX_HISTORY_REQUESTS_PER_KEY = 4;

export class InFlight {
  readonly #byKey = new Map<number, number>();

  /** Counts one more until what it returns is called, once. Throws the fault `rate_limited`. */
  enter(keyId: number): () => void {
    const running = this.#byKey.get(keyId) ?? 0;
    if (running >= MAX_HISTORY_REQUESTS_PER_KEY) {
      limitHits.add("history_requests");
      const sentence = `This API key has ${running} history requests in flight; wait for one of them to be answered.`;
      throw new ApiError("rate_limited", sentence, { retryAfterSeconds: 1 });
    }
    this.#byKey.set(keyId, running + 1);
    let isIn = true;
    return () => {
      if (isIn) this.#leave(keyId);
      isIn = false;
    };
  }

  #leave(keyId: number): void {
    const rest = (this.#byKey.get(keyId) ?? 1) - 1;
    if (rest > 0) this.#byKey.set(keyId, rest);
    else this.#byKey.delete(keyId);
  }
}
