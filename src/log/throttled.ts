/** Log lines that strangers can cause, bounded: the first at once, and then one a minute that says how many. */
import { log } from "./log.ts";

const INTERVAL_MS = 60_000;

export class ThrottledLog {
  /** The line's text. */
  readonly #what: string;
  #count = 0;
  #known: Record<string, unknown> = {};
  #timer: ReturnType<typeof setTimeout> | null = null;

  readonly #level: "warning" | "error";

  constructor(what: string, level: "warning" | "error" = "warning") {
    this.#what = what;
    this.#level = level;
  }

  /** What is `known` of the latest one stands in the line. */
  count(known: Record<string, unknown>): void {
    this.#count++;
    this.#known = known;
    if (this.#timer === null) this.#say();
  }

  #say(): void {
    log[this.#level](this.#what, { ...this.#known, ...(this.#count > 1 ? { count: this.#count } : {}) });
    this.#count = 0;
    this.#timer = setTimeout(() => this.#end(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** After a minute without any, the next one is told at once again. */
  #end(): void {
    this.#timer = null;
    if (this.#count > 0) this.#say();
  }
}
