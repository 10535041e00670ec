/** What is said in place of a list without a message. */
import { byId, setText } from "./dom.ts";

export interface Emptiness {
  readonly title: string;
  readonly text: string;
  /** What a text may be sent with, or nothing where none is awaited. */
  readonly command: string;
}

export class EmptyPlace {
  readonly #place = byId("empty", HTMLElement);
  readonly #title = byId("empty-title", HTMLElement);
  readonly #text = byId("empty-text", HTMLElement);
  readonly #hint = byId("empty-hint", HTMLElement);
  readonly #command = byId("empty-command", HTMLElement);

  say({ title, text, command }: Emptiness): void {
    setText(this.#title, title);
    setText(this.#text, text);
    setText(this.#command, command);
    this.#hint.hidden = command === "";
  }

  show(isShown: boolean): void {
    this.#place.hidden = !isShown;
  }
}
