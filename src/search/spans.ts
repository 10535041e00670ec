/**
 * The parts of the full-text index. A span holds some thousands of one account's messages, one behind the other, and
 * every token of the index begins with the number of its span. FTS5 looks through all there is of a token, whatever
 * bounds it is given; so the bound of a span is the bound of what one statement may cost.
 */

import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";

export interface Span {
  readonly id: number;
  readonly account: number;
  /** The seqs of its first message and its last. */
  readonly first: number;
  readonly last: number;
  readonly messages: number;
  /** Of all its messages: what FTS5 may have to look at for one token. */
  readonly tokens: number;
}

/** FTS5 joins two lists of so many messages in half a millisecond. */
const MAX_SPAN_MESSAGES = 4_096;
/** Texts of some thirty words; where they are longer, a span has fewer. FTS5 looks at a million in 4 ms. */
const MAX_SPAN_TOKENS = 131_072;

export type SpanRow = [
  id: number,
  account: number,
  first: number,
  last: number,
  messages: number,
  tokens: number,
];

export const SPAN_COLUMNS = "id, account_id, first_seq, last_seq, messages, tokens";

export function toSpan([id, account, first, last, messages, tokens]: SpanRow): Span {
  return { id, account, first, last, messages, tokens };
}

/** Assigns messages to spans, in the order of seq. */
export class SpanFiller {
  readonly #current = new Map<number, Span>();
  readonly #changed = new Map<number, Span>();
  #newest: number;

  /** `current`: the last span of each account. `newest`: the highest number of any. */
  constructor(current: readonly Span[], newest: number) {
    for (const span of current) this.#current.set(span.account, span);
    this.#newest = newest;
  }

  /** The number of the span that a message with so many tokens belongs to. */
  add(account: number, seq: number, tokens: number): number {
    const current = this.#current.get(account);
    const isFull = !current || current.messages >= MAX_SPAN_MESSAGES || current.tokens >= MAX_SPAN_TOKENS;
    const before = isFull ? { id: ++this.#newest, account, first: seq, messages: 0, tokens: 0 } : current;
    const span = { ...before, last: seq, messages: before.messages + 1, tokens: before.tokens + tokens };
    this.#current.set(account, span);
    this.#changed.set(span.id, span);
    return span.id;
  }

  /** The spans that are new, or hold more than before. */
  rows(): SpanRow[] {
    return [...this.#changed.values()].map(({ id, account, first, last, messages, tokens }) => [
      id, account, first, last, messages, tokens,
    ]); // biome-ignore format: the columns
  }
}

export interface SpanMap {
  readonly installation: Installation;
  /** Everything up to here is in the index, and in the spans. */
  readonly indexedThrough: number;
  readonly spans: readonly Span[];
}

/** The spans of these accounts that hold something between two seqs, in no order. One for some thousands of messages. */
export async function readSpans(
  read: Read,
  accounts: readonly number[],
  after: number,
  before: number,
): Promise<SpanMap> {
  const sql = `SELECT ${INSTALLATION_COLUMNS}, indexed_through, (
      SELECT json_group_array(json_array(${SPAN_COLUMNS}))
      FROM search_spans WHERE account_id IN (SELECT value FROM json_each(?))
        AND last_seq > ? AND first_seq < ?) AS spans
    FROM installation WHERE installation.id = 1`;
  const [row] = (await read({ sql, args: [JSON.stringify(accounts), after, before] })).rows;
  const rows = JSON.parse(String(row?.spans)) as SpanRow[];
  return {
    installation: toInstallation(row),
    indexedThrough: Number(row?.indexed_through),
    spans: rows.map(toSpan),
  };
}
