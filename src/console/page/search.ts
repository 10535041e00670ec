/** The search field: what was typed is looked for when the typing pauses, or at once with Enter. */
import { byId } from "./dom.ts";

const PAUSE_MS = 300;
/** A beginning has three letters at least; two may be a whole word, which Enter looks for. */
const UNFINISHED = /(^|\s)[a-z0-9]{1,2}$/i;
/** The server takes a little more; nobody types so much. */
const LONGEST = 200;

export class Search {
  readonly #form = byId("search-form", HTMLFormElement);
  readonly #input = byId("search", HTMLInputElement);
  readonly #onSearch: (q: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #q = "";

  constructor(onSearch: (q: string) => void) {
    this.#onSearch = onSearch;
    this.#input.maxLength = LONGEST;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#settle();
    });
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      if (!UNFINISHED.test(this.#input.value)) this.#timer = setTimeout(() => this.#settle(), PAUSE_MS);
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.clear();
    });
  }

  get q(): string {
    return this.#q;
  }

  focus(): void {
    this.#input.select();
  }

  /** Shows what is looked for, and tells nobody. What is being typed is left alone. */
  show(q: string): void {
    if (q === this.#q) return;
    clearTimeout(this.#timer);
    this.#q = q;
    this.#input.value = q;
  }

  clear(): void {
    this.#input.value = "";
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    const q = this.#input.value.trim();
    if (q === this.#q) return;
    this.#q = q;
    this.#onSearch(q);
  }
}
