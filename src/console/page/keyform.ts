/** The form that asks for a key, before there is one and after one has ended. */
import { byId } from "./dom.ts";
import { parseKey } from "./key.ts";

export class Gate {
  readonly #page = byId("gate", HTMLElement);
  readonly #form = byId("key-form", HTMLFormElement);
  readonly #input = byId("key", HTMLInputElement);
  readonly #problem = byId("key-problem", HTMLElement);

  constructor(onKey: (key: string) => void) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const key = parseKey(this.#input.value);
      if (key === null) {
        this.#complain("That is not an API key. One starts with inlet_ and has 44 characters.");
        return;
      }
      this.close();
      onKey(key);
    });
    this.#input.addEventListener("input", () => this.#complain(""));
  }

  /** `problem` says why it is asked for again. */
  open(problem = ""): void {
    this.#page.hidden = false;
    this.#complain(problem);
    this.#input.focus();
  }

  /** Nothing of the key stays in the form. */
  close(): void {
    this.#input.value = "";
    this.#complain("");
    this.#page.hidden = true;
  }

  #complain(problem: string): void {
    this.#problem.textContent = problem;
    this.#input.setAttribute("aria-invalid", String(problem !== ""));
  }
}
