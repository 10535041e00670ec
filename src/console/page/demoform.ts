/** In a demo: the form that sends a text to our own number, through the webhook. */
import { RequestFailed } from "./api.ts";
import { byId, setText } from "./dom.ts";
import { readable } from "./text.ts";

export class Sender {
  readonly #form = byId("sender", HTMLFormElement);
  readonly #text = byId("sender-text", HTMLInputElement);
  readonly #button = byId("sender-button", HTMLButtonElement);
  readonly #outcome = byId("sender-outcome", HTMLElement);
  #isSending = false;

  constructor(number: string, send: (text: string) => Promise<string>) {
    this.#form.hidden = false;
    byId("sender-number", HTMLElement).textContent = readable(number);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#isSending) void this.#send(send);
    });
  }

  async #send(send: (text: string) => Promise<string>): Promise<void> {
    const text = this.#text.value;
    if (text.trim() === "") return this.#text.focus();
    this.#isSending = true;
    this.#button.setAttribute("aria-disabled", "true");
    setText(this.#outcome, "Sending…");
    try {
      const outcome = await send(text);
      this.#text.value = "";
      setText(this.#outcome, outcome === "stored" ? "Sent." : `The webhook answered: ${outcome}.`);
    } catch (error) {
      setText(this.#outcome, error instanceof RequestFailed ? error.message : "It could not be sent.");
    }
    this.#button.setAttribute("aria-disabled", "false");
    this.#isSending = false;
  }
}
