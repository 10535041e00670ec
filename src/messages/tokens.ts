/**
 * What the full-text index holds of a message, and how it is asked. Each token begins with the account's number: a
 * search reads what was written to its own accounts, and costs nothing for all the others have.
 */
import type { HistoryFilter } from "./history.ts";
import { wordsOf } from "./words.ts";

/** For each token that is asked for, the index is opened anew: some 30 µs. */
const MOST_ASKED = 512;
/** As many words of a search are left to the index. */
const MOST_WORDS = 16;

/** Of a routed message. */
export interface Indexed {
  readonly account: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export interface Condition {
  /** For FTS5's MATCH. */
  readonly expression: string;
  /** Whether all that it finds is what was asked for, and need not be held against it. */
  readonly isExact: boolean;
}

// A word's token is never one of the others, nor a word of another account: behind the number comes another letter.
const accountToken = (account: number) => `${account}a`;
const senderToken = (account: number, from: string) => `${account}f${Buffer.from(from).toString("hex")}`;
const wordToken = (account: number, word: string) => `${account}w${word}`;
const recipientToken = (to: string) => `t${Buffer.from(to).toString("hex")}`;

/** Separated by spaces; each once. */
export function tokensOf({ account, from, to, text }: Indexed): string {
  const tokens = new Set([accountToken(account), senderToken(account, from), recipientToken(to)]);
  for (const word of wordsOf(text)) tokens.add(wordToken(account, word));
  return [...tokens].join(" ");
}

/** What the filter finds. */
export function conditionOf({ accounts, to, from, search }: HistoryFilter): Condition {
  const wanted = new Map<string, string>();
  for (const { words, isBeginning } of search?.phrases ?? [])
    for (const [i, word] of words.entries())
      wanted.set(word + (isBeginning && i === words.length - 1 ? "*" : ""), word);
  const most = Math.min(MOST_WORDS, Math.max(1, Math.floor(MOST_ASKED / accounts.length)));
  const asked = [...wanted].slice(0, most);
  const ofAccount = (account: number) => {
    const tokens = asked.map(
      ([key, word]) => quoted(wordToken(account, word)) + (key.endsWith("*") ? " *" : ""),
    );
    if (from !== null) tokens.unshift(quoted(senderToken(account, from)));
    return tokens.length > 0 ? tokens.join(" AND ") : quoted(accountToken(account));
  };
  // There is no account 0.
  const inSight =
    accounts.map((account) => `(${ofAccount(account)})`).join(" OR ") || quoted(accountToken(0));
  const toThem =
    to === null ? "" : ` AND (${to.map((number) => quoted(recipientToken(number))).join(" OR ")})`;
  const isSingle = search?.phrases.every(({ words }) => words.length === 1) ?? true;
  return { expression: `(${inSight})${toThem}`, isExact: isSingle && asked.length === wanted.size };
}

/** Tokens hold letters and digits alone; within quotes FTS5 takes none for an operator. */
function quoted(token: string): string {
  return `"${token}"`;
}
