/** A wait that can be cut short. */

export class Pause {
  /** Ends the present wait; null while there is none. */
  #end: (() => void) | null = null;

  /** Resolves after `ms`, or as soon as it is cut short. One at a time. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = null;
  }

  cut(): void {
    this.#end?.();
  }
}
