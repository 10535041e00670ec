/** How many messages arrived while nobody looked: in the title of the tab, and as a dot on its picture. */
import type { Message } from "./message.ts";
import type { Notifier } from "./notifier.ts";

const TITLE = "Inlet";
const DOT = "%3Ccircle cx='25' cy='7' r='7' fill='%23e5484d'/%3E%3C/svg%3E";

export class Unseen {
  readonly #notifier: Notifier;
  readonly #icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  readonly #plainIcon = this.#icon?.href ?? "";
  #count = 0;

  constructor(notifier: Notifier) {
    this.#notifier = notifier;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.clear();
    });
  }

  count(messages: readonly Message[]): void {
    if (!document.hidden || messages.length === 0) return;
    this.#count += messages.length;
    this.#show();
    this.#notifier.tell(messages, this.#count);
  }

  clear(): void {
    this.#count = 0;
    this.#show();
  }

  #show(): void {
    document.title = this.#count === 0 ? TITLE : `(${this.#count}) ${TITLE}`;
    const href = this.#count === 0 ? this.#plainIcon : this.#plainIcon.replace(/%3C\/svg%3E$/, DOT);
    if (this.#icon && this.#icon.href !== href) this.#icon.href = href;
  }
}
