/** How many messages arrived while nobody looked, in the title of the tab. */

const TITLE = "Inlet";

export class Unseen {
  #count = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.clear();
    });
  }

  count(messages: number): void {
    if (!document.hidden || messages === 0) return;
    this.#count += messages;
    document.title = `(${this.#count}) ${TITLE}`;
  }

  clear(): void {
    this.#count = 0;
    document.title = TITLE;
  }
}
