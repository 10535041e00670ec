/**
 * The words that prefixes stand for. FTS5 would join the lists of all there are, however many; here each is looked
 * up by itself, up to a number.
 */
import type { Read } from "../database/result.ts";
import type { Span } from "./spans.ts";
import { wordToken } from "./tokens.ts";

/** Words that one statement looks up, some 20 µs for each, and for which the index is asked then. */
const MAX_LOOKED_UP = 512;
/** Prefixes in spans: with more, each would stand for too few words. */
const MAX_PAIRS = 64;

/** Leaps from one word to the next: a list of all that a word stands in, as FTS5 has it, may be long. */
const LOOK_UP = `
  WITH RECURSIVE found (pair, word, beyond, n) AS (
    SELECT key, (SELECT term FROM messages_search_words WHERE term >= value->>0 LIMIT 1), value->>1, 0 FROM json_each(?)
    UNION ALL
    SELECT pair, (SELECT term FROM messages_search_words WHERE term >= word || ' ' LIMIT 1), beyond, n + 1
    FROM found WHERE word < beyond AND n < CAST(? AS INTEGER))
  SELECT json_group_array(json_array(pair, word)) AS words FROM found WHERE word < beyond`;

export class Prefixes {
  readonly #tokens = new Map<string, string[] | null>();

  /** The tokens of the span that begin so; null where they are too many, or were not looked up. */
  of(span: number, prefix: string): readonly string[] | null {
    return this.#tokens.get(wordToken(span, prefix)) ?? null;
  }

  /** Whether every prefix is known in every span. */
  get areKnown(): boolean {
    return !this.#tokens.values().some((tokens) => tokens === null);
  }

  /** One statement of some 10 ms. */
  static async read(read: Read, spans: readonly Span[], prefixes: readonly string[]): Promise<Prefixes> {
    const found = new Prefixes();
    const pairs = spans.flatMap(({ id }) => prefixes.map((prefix) => wordToken(id, prefix)));
    if (pairs.length === 0) return found;
    for (const pair of pairs) found.#tokens.set(pair, null);
    if (pairs.length > MAX_PAIRS) return found;
    const most = Math.floor(MAX_LOOKED_UP / pairs.length);
    // No letter comes behind the last one that Unicode has room for.
    const bounds = JSON.stringify(pairs.map((pair) => [pair, `${pair}\u{10ffff}`]));
    const [row] = (await read({ sql: LOOK_UP, args: [bounds, most] })).rows;
    const tokens: string[][] = pairs.map(() => []);
    for (const [pair, token] of JSON.parse(String(row?.words)) as [number, string][])
      tokens[pair]?.push(token);
    for (const [i, pair] of pairs.entries()) {
      const those = tokens[i] ?? [];
      if (those.length <= most) found.#tokens.set(pair, those);
    }
    return found;
  }
}
