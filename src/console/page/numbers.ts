/** The numbers that the key sees, of which one may be chosen; without the scope, those that messages came to. */
import type { KnownNumber } from "./api.ts";
import { byId, element } from "./dom.ts";
import { oneLine, readable } from "./text.ts";

/** From so many on a list is searched rather than read. */
const SEARCHED_FROM = 10;
/** Numbers gathered from messages, where the key may not list them. */
const MAX_SEEN = 200;

export class Numbers {
  readonly #choices = byId("numbers", HTMLElement);
  readonly #note = byId("numbers-note", HTMLElement);
  readonly #find = byId("find-number", HTMLInputElement);
  readonly #onChoice: (number: string | null) => void;
  readonly #labels = new Map<string, string>();
  readonly #shown = new Map<string, HTMLElement>();
  /** How many came that nobody has seen, of each number that has some. */
  readonly #unread = new Map<string, number>();
  #gathers = false;
  #chosen: string | null = null;

  constructor(onChoice: (number: string | null) => void) {
    this.#onChoice = onChoice;
    this.#find.addEventListener("input", () => this.#filter());
  }

  get chosen(): string | null {
    return this.#chosen;
  }

  /** The first of them, or null while none is known. */
  get first(): string | null {
    return this.#shown.keys().next().value ?? null;
  }

  /** Whether all that is shown came to one number, as far as anybody knows. */
  get isSingle(): boolean {
    return this.#chosen !== null || (!this.#gathers && this.#shown.size === 1);
  }

  /** The label of one of our numbers, or null. */
  readonly labelOf = (number: string): string | null => this.#labels.get(number) ?? null;

  nameOf(number: string): string {
    return this.labelOf(number) ?? readable(number);
  }

  /** `known` is null when the key may not list them; `note` then says so. */
  show(known: readonly KnownNumber[] | null, note = ""): void {
    this.clear();
    this.#gathers = known === null;
    for (const one of known ?? []) this.#add(one);
    this.#note.textContent = known?.length === 0 ? "This account has no number yet." : note;
    this.#note.hidden = this.#note.textContent === "";
  }

  clear(): void {
    this.#chosen = null;
    this.#labels.clear();
    this.#shown.clear();
    this.#unread.clear();
    this.#find.value = "";
    this.#find.hidden = true;
    this.#choices.replaceChildren(this.#choice(null, "All numbers", "", true));
  }

  /** A message came to this number. */
  see(number: string): void {
    if (this.#gathers && !this.#shown.has(number) && this.#shown.size < MAX_SEEN)
      this.#add({ number, label: null, active: true });
  }

  /** A message has just come to this number. It counts as read where it is shown, and somebody looks. */
  arrive(number: string): void {
    this.see(number);
    const isShown = this.#chosen === null || this.#chosen === number;
    if (isShown && !document.hidden) return;
    this.#unread.set(number, (this.#unread.get(number) ?? 0) + 1);
    this.#showUnread(number);
  }

  /** Somebody looks at what is shown. */
  look(): void {
    for (const number of [...this.#unread.keys()]) {
      if (this.#chosen !== null && this.#chosen !== number) continue;
      this.#unread.delete(number);
      this.#showUnread(number);
    }
  }

  /** Shows what was chosen elsewhere, and tells nobody. */
  mark(number: string | null): void {
    this.#chosen = number;
    for (const input of this.#choices.querySelectorAll("input"))
      input.checked = input.value === (number ?? "");
    if (!document.hidden) this.look();
  }

  choose(number: string | null): void {
    if (number === this.#chosen) return;
    this.#chosen = number;
    this.#onChoice(number);
  }

  #add({ number, label, active }: KnownNumber): void {
    if (label) this.#labels.set(number, oneLine(label));
    const name = label ? oneLine(label) : readable(number);
    const choice = this.#choice(number, name, label ? readable(number) : "", active);
    this.#shown.set(number, choice);
    this.#choices.append(choice);
    this.#find.hidden = this.#shown.size < SEARCHED_FROM;
  }

  #choice(number: string | null, name: string, below: string, active: boolean): HTMLElement {
    const input = element("input", { type: "radio", name: "number", value: number ?? "" });
    input.checked = number === this.#chosen;
    input.addEventListener("change", () => this.choose(number));
    const text = element("span", { class: "number" }, element("bdi", { class: "name" }, name));
    if (below) text.append(element("bdi", { class: "digits" }, below));
    if (!active) text.append(element("span", { class: "badge" }, "Inactive"));
    return element("label", { title: number ?? "" }, input, text);
  }

  #showUnread(number: string): void {
    const choice = this.#shown.get(number);
    if (!choice) return;
    const count = this.#unread.get(number) ?? 0;
    choice.querySelector(".unread")?.remove();
    if (count === 0) return;
    const said = element("span", { class: "visually-hidden" }, " unread");
    choice.append(element("span", { class: "unread" }, count.toLocaleString("en"), said));
  }

  #filter(): void {
    const wanted = this.#find.value.trim().toLowerCase();
    for (const [number, choice] of this.#shown) {
      const text = `${number} ${choice.textContent}`.toLowerCase();
      choice.hidden =
        !text.includes(wanted) && !text.replaceAll(" ", "").includes(wanted.replaceAll(" ", ""));
    }
  }
}
