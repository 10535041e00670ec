/** Tells a screen reader what arrives: one message in words, a flood as a count, and never one upon the other. */
import { byId } from "./dom.ts";
import type { Message } from "./message.ts";
import { oneLine, readable } from "./text.ts";

/** A sentence takes about so long to be read out. */
const INTERVAL_MS = 5_000;
const MAX_WORDS = 120;

export class Announcer {
  readonly #region = byId("announcer", HTMLElement);
  #pending: Message[] = [];
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  announce(messages: readonly Message[]): void {
    this.#count += messages.length;
    this.#pending = messages.slice(-1);
    if (this.#count > 0 && this.#timer === null) this.#speak();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#count = 0;
    this.#region.textContent = "";
  }

  #speak(): void {
    const [message] = this.#pending;
    if (message)
      this.#region.textContent = this.#count === 1 ? inWords(message) : `${this.#count} new messages`;
    this.#count = 0;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#count > 0) this.#speak();
    }, INTERVAL_MS);
  }
}

function inWords({ from, subject, body }: Message): string {
  const text = [subject, body].filter(Boolean).join(". ");
  return `New message from ${readable(from)}: ${oneLine(text).slice(0, MAX_WORDS).toWellFormed()}`;
}
