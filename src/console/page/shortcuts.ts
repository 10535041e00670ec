/** Keys for those who stay at the keyboard: none of them is taken from a field, a dialog or the browser. */
import { byId, onClick } from "./dom.ts";

export interface ShortcutEvents {
  readonly onSearch: () => void;
  /** The row that has the focus. */
  readonly onCopy: (row: HTMLElement) => void;
  readonly onMenu: (row: HTMLElement) => void;
  readonly onTimes: () => void;
  /** Whether there is a list at all. */
  readonly isOpen: () => boolean;
}

export class Shortcuts {
  readonly #list = byId("list", HTMLOListElement);
  readonly #help = byId("keys", HTMLDialogElement);
  readonly #events: ShortcutEvents;

  constructor(events: ShortcutEvents) {
    this.#events = events;
    onClick(byId("close-keys", HTMLButtonElement), () => this.#help.close());
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!events.isOpen() || isTaken(event.target) || document.querySelector("dialog[open], :popover-open"))
        return;
      if (this.#press(event.key)) event.preventDefault();
    });
  }

  /** Answers whether the key means something here. */
  #press(key: string): boolean {
    const { onSearch, onTimes, onCopy, onMenu } = this.#events;
    const active = document.activeElement;
    const row = active instanceof HTMLElement ? active.closest<HTMLElement>(".message") : null;
    if (key === "/") onSearch();
    else if (key === "j") this.#go(row ? row.nextElementSibling : this.#list.firstElementChild);
    else if (key === "k") this.#go(row?.previousElementSibling ?? null);
    else if (key === "t") onTimes();
    else if (key === "?") this.#help.showModal();
    else if (key === "c" && row) onCopy(row);
    else if (key === "Enter" && row !== null && row === active) onMenu(row);
    else return false;
    return true;
  }

  #go(row: Element | null): void {
    if (!(row instanceof HTMLElement)) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

/** Whether letters mean something where the focus is. */
function isTaken(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
