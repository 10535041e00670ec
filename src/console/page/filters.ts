/** What is chosen of the messages: by number, sender, search or link; shown beside the search, kept in the address. */
import { hashOf, readQuery } from "./address.ts";
import { byId, onClick } from "./dom.ts";
import type { Numbers } from "./numbers.ts";
import { ALL, type MessageQuery } from "./query.ts";
import type { Search } from "./search.ts";
import { readable } from "./text.ts";

export class Filters {
  readonly #numbers: Numbers;
  readonly #search: Search;
  readonly #onChange: (query: MessageQuery) => void;
  #query: MessageQuery = ALL;

  constructor(numbers: Numbers, search: Search, onChange: (query: MessageQuery) => void) {
    this.#numbers = numbers;
    this.#search = search;
    this.#onChange = onChange;
    onClick(byId("all-numbers", HTMLButtonElement), () => numbers.choose(null));
    onClick(byId("all-senders", HTMLButtonElement), () => this.chooseSender(null));
    onClick(byId("clear-search", HTMLButtonElement), () => {
      this.#change({ q: "" });
      search.focus(); // the button goes
    });
  }

  /** Somebody chose a number or typed a search: what is looked at then is no single message. */
  controlled(): void {
    this.#change({ to: this.#numbers.chosen, q: this.#search.q });
  }

  chooseSender(from: string | null): void {
    this.#change({ from, q: "" });
  }

  /** What the address says now, as after a step back. */
  readAddress(): void {
    this.#take(readQuery(location.hash));
  }

  /** Nothing is chosen; the address stays for the next key. */
  clear(): void {
    this.#query = ALL;
    this.#show();
  }

  /** After the key is known, or another number. */
  showChosen(): void {
    this.#show();
  }

  #change(change: Partial<MessageQuery>): void {
    const query = { ...this.#query, message: null, ...change };
    const address = location.pathname + location.search + hashOf(query);
    // A step back leads over numbers and senders, not over the letters of a search.
    const isChoice = query.to !== this.#query.to || query.from !== this.#query.from;
    if (isChoice) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.#take(query);
  }

  #take(query: MessageQuery): void {
    if (hashOf(query) === hashOf(this.#query)) return;
    this.#query = query;
    this.#show();
    this.#onChange(query);
  }

  #show(): void {
    const { to, from, q } = this.#query;
    this.#numbers.mark(to);
    this.#search.show(q);
    byId("list", HTMLElement).dataset.to = this.#numbers.isSingle ? "one" : "any";
    byId("chosen", HTMLElement).hidden = to === null;
    byId("chosen-number", HTMLElement).textContent = to === null ? "" : this.#numbers.nameOf(to);
    byId("chosen-from", HTMLElement).hidden = from === null;
    byId("chosen-sender", HTMLElement).textContent = from === null ? "" : readable(from);
  }
}
