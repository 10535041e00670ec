/** The system's own notice of a message, for those who asked for it: which number, and never the text or the sender. */
import { byId } from "./dom.ts";
import type { Message } from "./message.ts";

/** A choice, and nothing secret: it stays in this browser. */
const NAME = "inlet.notify";

export class Notifier {
  readonly #wish = byId("notify", HTMLInputElement);
  readonly #nameOf: (number: string) => string;

  constructor(nameOf: (number: string) => string) {
    this.#nameOf = nameOf;
    // There are none outside a secure context.
    if (!("Notification" in globalThis)) return;
    byId("notify-choice", HTMLElement).hidden = false;
    this.#wish.checked = localStorage.getItem(NAME) !== null && Notification.permission === "granted";
    this.#wish.addEventListener("change", () => void this.#choose());
  }

  /** `count` messages were not seen; these have just come. */
  tell(messages: readonly Message[], count: number): void {
    const [message] = messages;
    if (!message || !this.#wish.checked) return;
    const title = count === 1 ? "New message" : `${count} new messages`;
    try {
      const notice = new Notification(title, { body: `To ${this.#nameOf(message.to)}`, tag: "inlet" });
      notice.onclick = () => {
        focus();
        notice.close();
      };
    } catch {
      // Browsers of phones have notifications, and let no page make one by itself.
      this.#wish.checked = false;
    }
  }

  async #choose(): Promise<void> {
    if (!this.#wish.checked) return localStorage.removeItem(NAME);
    this.#wish.checked = (await Notification.requestPermission()) === "granted";
    if (this.#wish.checked) localStorage.setItem(NAME, "yes");
  }
}
