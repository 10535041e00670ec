/** Texts that were taken apart a moment ago: who waits for a text looks at it together with all others who do. */
import { SearchedText } from "./searchedtext.ts";

/** Of all texts that are kept: some 10 MB where no two words are alike. Texts have twenty. */
const MAX_WORDS = 262_144;

type Searched = ConstructorParameters<typeof SearchedText>[0];

export class TextCache {
  /** The one that was taken apart first comes first. */
  readonly #kept = new Map<Searched, SearchedText>();
  /** Of all that are kept; what it is bounded by. */
  #words = 0;

  of(message: Searched): SearchedText {
    const known = this.#kept.get(message);
    if (known) return known;
    const text = new SearchedText(message);
    this.#kept.set(message, text);
    this.#words += text.size;
    for (const [oldest, { size }] of this.#kept) {
      if (this.#words <= MAX_WORDS) break;
      this.#kept.delete(oldest);
      this.#words -= size;
    }
    return text;
  }
}
