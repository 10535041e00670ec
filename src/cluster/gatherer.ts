/** Rings that come close together are one: what they tell of is the most of each. */
import type { Ring } from "./bell.ts";

/** A process rings at most two hundred times a second, however much it stores. */
const GAP_MS = 5;

export class Gatherer {
  readonly #send: (what: Ring) => void;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** What came since the last that was sent. */
  #due: Ring | null = null;

  constructor(send: (what: Ring) => void) {
    this.#send = send;
  }

  /** The first goes at once. */
  ring(what: Ring): void {
    this.#due = {
      position: Math.max(what.position, this.#due?.position ?? 0),
      directory: Math.max(what.directory, this.#due?.directory ?? 0),
    };
    if (this.#timer === null) this.#flush();
  }

  /** Nothing is sent after this. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = null;
    if (this.#due === null) return;
    const due = this.#due;
    this.#due = null;
    this.#timer = setTimeout(() => this.#flush(), GAP_MS);
    this.#send(due);
  }
}
