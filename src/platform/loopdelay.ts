/** By how much the event loop is late: what everybody in this process waits for, whatever it is that they want. */
import { Histogram } from "./histogram.ts";

const EVERY_MS = 100;

export class LoopDelay {
  /** Of a timer that is due ten times a second, in seconds. */
  readonly seconds = new Histogram();
  #timer: Timer | null = null;

  start(): void {
    let due = performance.now() + EVERY_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.seconds.observe(Math.max(0, now - due) / 1000);
      due = now + EVERY_MS;
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }
}
