/** The dialog with the snippets: this stream, from a shell or from a program. */
import { copyText } from "./clipboard.ts";
import { byId, element, onClick, setText } from "./dom.ts";
import { type Followed, LANGUAGES, type Language, snippet, snippetNote } from "./snippets.ts";

const SAID_MS = 2_500;

export class ShareDialog {
  readonly #dialog = byId("share", HTMLDialogElement);
  readonly #code = byId("snippet", HTMLElement);
  readonly #note = byId("snippet-note", HTMLElement);
  readonly #copy = byId("copy-snippet", HTMLButtonElement);
  readonly #languages = byId("languages", HTMLElement);
  readonly #followed: () => Followed;
  #language: Language = "inlet tail";
  /** As it was when the dialog was opened: the text does not change under the reader's eyes. */
  #shown: Followed | null = null;

  constructor(opener: HTMLButtonElement, followed: () => Followed) {
    this.#followed = followed;
    // It scrolls, and so must be reached by the keyboard too.
    const scrolling = byId("code", HTMLPreElement);
    scrolling.tabIndex = 0;
    scrolling.role = "region";
    scrolling.ariaLabel = "Snippet";
    for (const language of LANGUAGES) this.#languages.append(this.#choice(language));
    onClick(opener, () => this.#open());
    onClick(byId("close-share", HTMLButtonElement), () => this.#dialog.close());
    onClick(this.#copy, () => void this.#copyShown());
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // beside it
    });
  }

  close(): void {
    this.#dialog.close();
  }

  #open(): void {
    this.#shown = this.#followed();
    this.#show();
    this.#dialog.showModal();
  }

  #choice(language: Language): HTMLElement {
    const input = element("input", { type: "radio", name: "language", value: language });
    input.checked = language === this.#language;
    input.addEventListener("change", () => {
      this.#language = language;
      this.#show();
    });
    return element("label", {}, input, element("span", {}, language));
  }

  #show(): void {
    if (!this.#shown) return;
    this.#code.textContent = snippet(this.#language, this.#shown);
    setText(this.#note, snippetNote(this.#language));
    setText(this.#copy, "Copy");
  }

  async #copyShown(): Promise<void> {
    const isCopied = await copyText(this.#code.textContent ?? "", this.#code);
    setText(this.#copy, isCopied ? "Copied" : "Press Ctrl+C");
    setTimeout(() => setText(this.#copy, "Copy"), SAID_MS);
  }
}
