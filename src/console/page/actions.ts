/** What people do with a message: copy of it, see all of its sender, hand on a link. One menu for all rows. */
import { linkTo } from "./address.ts";
import { copyText } from "./clipboard.ts";
import { codeIn } from "./code.ts";
import { byId, element, setText } from "./dom.ts";
import type { Message } from "./message.ts";

const SAID_MS = 2_500;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

export class Actions {
  readonly #menu = byId("actions", HTMLElement);
  readonly #said = byId("said", HTMLElement);
  readonly #saidText = byId("said-text", HTMLElement);
  readonly #saidValue = byId("said-value", HTMLElement);
  readonly #onSender: (from: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onSender: (from: string) => void) {
    this.#onSender = onSender;
    this.#menu.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const items = [...this.#menu.querySelectorAll("button")];
      const at = items.indexOf(document.activeElement as HTMLButtonElement);
      items[(at + step + items.length) % items.length]?.focus();
    });
  }

  /** Opens the menu at this button. A browser gives the focus back where it was. */
  open(message: Message, at: HTMLElement): void {
    const code = codeIn(message.body);
    const items: HTMLElement[] = [];
    if (code !== null) items.push(this.#copying(`Copy code ${code}`, code));
    if (message.body !== "") items.push(this.#copying("Copy text", message.body));
    items.push(this.#copying("Copy number", message.from), this.#copying("Copy id", message.message_id));
    items.push(this.#copying("Copy link", linkTo(message.message_id)));
    items.push(this.#item("All from this sender", () => this.#onSender(message.from)));
    this.#menu.replaceChildren(...items);
    this.#menu.showPopover();
    const { right, bottom, top } = at.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.#menu;
    const isBelow = bottom + offsetHeight <= innerHeight;
    this.#menu.style.left = `${Math.max(8, right - offsetWidth)}px`;
    this.#menu.style.top = `${Math.max(8, isBelow ? bottom : top - offsetHeight)}px`;
    items[0]?.focus();
  }

  /** The code of a message, or its text. */
  copy({ body }: Message): void {
    void this.#copy(codeIn(body) ?? body);
  }

  close(): void {
    this.#menu.hidePopover();
  }

  #copying(label: string, text: string): HTMLElement {
    return this.#item(label, () => void this.#copy(text));
  }

  #item(label: string, work: () => void): HTMLElement {
    const item = element("button", { type: "button", role: "menuitem" }, label);
    item.addEventListener("click", () => {
      this.#menu.hidePopover();
      work();
    });
    return item;
  }

  async #copy(text: string): Promise<void> {
    this.#said.hidden = false;
    setText(this.#saidValue, text);
    const isCopied = await copyText(text, this.#saidValue);
    setText(this.#saidText, isCopied ? "Copied" : "Press Ctrl+C to copy");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#said.hidden = true;
      setText(this.#saidText, "");
      setText(this.#saidValue, "");
    }, SAID_MS);
  }
}
