/** How many rows the next page may have: so many that it stays small in bytes, learnt from the pages before. */
import { causeCode } from "../errors.ts";

/** UTF-16 units of a page. Texts are short, so this is hardly ever met; but a text may have nearly a megabyte. */
const PAGE_TEXT = 1024 * 1024;

/** What servers answer when the page is more than they send (sqld beyond 10 MB). */
const TOO_LARGE = /^(RESPONSE_TOO_LARGE|SERVER_ERROR|SQLITE_TOOBIG|HRANA_)/;

export class PageSize {
  readonly #most: number;
  #rows: number;

  constructor(most: number) {
    this.#most = most;
    this.#rows = most;
  }

  /** Asks for a page of so many rows, and again for half as many where that is too large to be sent. */
  async read<T>(page: (rows: number) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await page(this.#rows);
      } catch (error) {
        if (this.#rows <= 1 || !TOO_LARGE.test(causeCode(error) ?? "")) throw error;
        this.#rows = Math.floor(this.#rows / 2);
      }
    }
  }

  /** Told what a page had: the next one gets as many rows of that size as fit. */
  learn(rows: number, text: number): void {
    if (rows === 0) return;
    this.#rows = Math.min(this.#most, Math.max(1, Math.floor(PAGE_TEXT / (text / rows))));
  }
}
