/** Work that is done again and again in the background, until it is stopped. */

export class Periodic {
  readonly #round: () => Promise<number>;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** A round that is under way when it is stopped must not set the next timer. */
  #isStopped = false;

  /** `round` deals with its own errors, and resolves to the milliseconds until the next. */
  constructor(round: () => Promise<number>) {
    this.#round = round;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The first round is in `ms`. */
  start(ms: number): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#run(), ms);
  }

  /** No round begins any more; one that is under way ends by itself. For good. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.start(await this.#round());
  }
}
