/**
 * The messages that a list shows, newest first: each once, in the order of the stream, and never more than fits a tab.
 * What is added and dropped is answered, so that a list need not be drawn again.
 */
import type { Message } from "./message.ts";

/** Rows that a phone still scrolls smoothly. */
export const MAX_MESSAGES = 5_000;
/** Some 16 MB of text: a message may have a million characters. */
export const MAX_CHARACTERS = 8_000_000;

export interface Change {
  /** Newest first. */
  readonly added: readonly Message[];
  /** How many were dropped from the old end. */
  readonly dropped: number;
}

export class Timeline {
  /** Oldest first: what arrives live goes to the end. */
  #messages: Message[] = [];
  readonly #ids = new Set<string>();
  #characters = 0;
  readonly #mostMessages: number;
  readonly #mostCharacters: number;

  constructor(mostMessages = MAX_MESSAGES, mostCharacters = MAX_CHARACTERS) {
    this.#mostMessages = mostMessages;
    this.#mostCharacters = mostCharacters;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** Whether nothing older can be shown without dropping it again. */
  get isFull(): boolean {
    return this.#ids.size >= this.#mostMessages || this.#characters >= this.#mostCharacters;
  }

  /** Newest first. */
  get messages(): readonly Message[] {
    return this.#messages.toReversed();
  }

  has(messageId: string): boolean {
    return this.#ids.has(messageId);
  }

  /** Puts on top what arrived on the stream, oldest first; the oldest make room. */
  addNewer(arrived: readonly Message[]): Change {
    const added = arrived.filter((message) => this.#claim(message));
    this.#messages.push(...added);
    return { added: added.toReversed(), dropped: this.#trim() };
  }

  /** Puts a page of the history below, newest first; what does not fit is left out. */
  addOlder(page: readonly Message[]): Change {
    const added = page.filter((message) => !this.isFull && this.#claim(message));
    this.#messages = [...added.toReversed(), ...this.#messages];
    return { added, dropped: 0 };
  }

  #claim(message: Message): boolean {
    if (this.#ids.has(message.message_id)) return false;
    this.#ids.add(message.message_id);
    this.#characters += charactersOf(message);
    return true;
  }

  #trim(): number {
    let dropped = 0;
    let over = this.#characters - this.#mostCharacters;
    const keeps = this.#messages.length - 1; // the newest stays, however long
    while (dropped < keeps && (this.#messages.length - dropped > this.#mostMessages || over > 0)) {
      const oldest = this.#messages[dropped++];
      if (oldest) over -= charactersOf(oldest);
    }
    for (const message of this.#messages.splice(0, dropped)) {
      this.#ids.delete(message.message_id);
      this.#characters -= charactersOf(message);
    }
    return dropped;
  }
}

function charactersOf({ body, subject = "" }: Message): number {
  return body.length + subject.length;
}
