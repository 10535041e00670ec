/**
 * Rings for a process that may not be listening: one ring is on its way at a time, and those that come meanwhile are
 * one more. A process that hangs gets two when it listens again, and nothing piles up for it.
 */
export class Ringer {
  readonly #send: () => void;
  #isUnheard = false;
  #isDue = false;

  constructor(send: () => void) {
    this.#send = send;
  }

  ring(): void {
    this.#isDue = this.#isUnheard;
    if (this.#isUnheard) return;
    this.#isUnheard = true;
    this.#send();
  }

  /** The one on its way was heard. */
  heard(): void {
    this.#isUnheard = false;
    if (this.#isDue) this.ring();
  }
}
