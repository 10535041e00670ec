/** How long one picture may take: so long without a byte, and so long in all. */
import { Refusal } from "./refusal.ts";

const QUIET_MS = 8_000;
const WHOLE_MS = 60_000;

export interface Times {
  readonly quietMs?: number;
  readonly wholeMs?: number;
}

export class Patience {
  readonly #abort = new AbortController();
  readonly #quietMs: number;
  readonly #whole: ReturnType<typeof setTimeout>;
  readonly #stop: AbortSignal;
  #quiet: ReturnType<typeof setTimeout> | null = null;
  /** Who is waited for. */
  host: string | undefined;
  /** Rejects when it is over, for what knows of no signal. */
  readonly #over: Promise<never>;

  /** `stop` ends it, too. */
  constructor(stop: AbortSignal, { quietMs = QUIET_MS, wholeMs = WHOLE_MS }: Times = {}) {
    this.#quietMs = quietMs;
    this.#stop = stop;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.#over = promise;
    this.signal.addEventListener("abort", () => reject(this.signal.reason));
    this.#whole = setTimeout(() => this.#end(`it took more than ${wholeMs} ms`), wholeMs);
    stop.addEventListener("abort", this.#leave);
    if (stop.aborted) this.#leave();
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something came. */
  renew(): void {
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#end(`nothing came for ${this.#quietMs} ms`), this.#quietMs);
  }

  async for<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#over]);
  }

  /** Ends what may still be under way. */
  abandon(): void {
    this.#abort.abort(new Error("it is of no use any more"));
    clearTimeout(this.#whole);
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#stop.removeEventListener("abort", this.#leave);
  }

  #end(what: string): void {
    this.#abort.abort(new Refusal("timeout", what, { isPassing: true }));
  }

  readonly #leave = (): void => this.#abort.abort(this.#stop.reason);
}
