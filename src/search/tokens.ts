/**
 * What the full-text index holds of a message, and how it is asked. Each token begins with the account's number: a
 * search reads what was written to its own accounts, and costs nothing for all the others have.
 */
import { senderForm } from "../values/phone.ts";
import type { Search } from "./query.ts";
import { BORDER, searchedWords } from "./searched.ts";
import type { Phrase } from "./words.ts";

/** For each token that is asked for, the index is opened anew: some 30 µs. */
const MOST_ASKED = 512;

/** Of a routed message. */
export interface Indexed {
  readonly account: number;
  readonly from: string;
  readonly to: string;
  readonly subject: string | null;
  readonly body: string;
}

/** What the index is asked for: messages of these accounts, narrowed by what is not null. */
export interface Wanted {
  readonly accounts: readonly number[];
  readonly to: readonly string[] | null;
  readonly from: string | null;
  readonly search: Search | null;
}

export interface Condition {
  /** For FTS5's MATCH. */
  readonly expression: string;
  /** Whether all that it finds is what was asked for, and need not be held against it. */
  readonly isExact: boolean;
}

// A word's token is never one of the others, nor a word of another account: behind the number comes another letter.
const accountToken = (account: number) => `${account}a`;
const senderToken = (account: number, from: string) =>
  `${account}f${Buffer.from(senderForm(from)).toString("hex")}`;
const wordToken = (account: number, word: string) => `${account}w${word}`;
/** Where the subject ends: between it and the body no phrase stands. It is nobody's, and nobody asks for it. */
const BORDER_TOKEN = "b";
const recipientToken = (to: string) => `t${Buffer.from(to).toString("hex")}`;

/** Separated by spaces, the words in the order in which they stand. */
export function tokensOf({ account, from, to, subject, body }: Indexed): string {
  const words = searchedWords({ subject, body }).map((word) =>
    word === BORDER ? BORDER_TOKEN : wordToken(account, word),
  );
  return [accountToken(account), senderToken(account, from), recipientToken(to), ...words].join(" ");
}

/** What the filter finds. */
export function conditionOf({ accounts, to, from, search }: Wanted): Condition {
  const wanted = search?.phrases ?? [];
  const asked = firstWords(wanted, Math.max(1, Math.floor(MOST_ASKED / accounts.length)));
  const ofAccount = (account: number) => {
    const conditions = asked.map(
      ({ words, isBeginning }) =>
        quoted(words.map((word) => wordToken(account, word))) + (isBeginning ? " *" : ""),
    );
    if (from !== null) conditions.push(quoted([senderToken(account, from)]));
    return conditions.length > 0 ? conditions.join(" AND ") : quoted([accountToken(account)]);
  };
  // There is no account 0.
  const inSight =
    accounts.map((account) => `(${ofAccount(account)})`).join(" OR ") || quoted([accountToken(0)]);
  const toThem =
    to === null ? "" : ` AND (${to.map((number) => quoted([recipientToken(number)])).join(" OR ")})`;
  return { expression: `(${inSight})${toThem}`, isExact: asked === wanted };
}

/** All of them where they have at most so many words, or else the first ones: they find the same, and more. */
function firstWords(phrases: readonly Phrase[], most: number): readonly Phrase[] {
  const first: Phrase[] = [];
  let left = most;
  for (const phrase of phrases) {
    if (phrase.words.length > left) {
      if (left > 0) first.push({ words: phrase.words.slice(0, left), isBeginning: false });
      return first;
    }
    first.push(phrase);
    left -= phrase.words.length;
  }
  return phrases;
}

/** One behind the other. Tokens hold letters and digits alone; within quotes FTS5 takes none for an operator. */
function quoted(tokens: readonly string[]): string {
  return `"${tokens.join(" ")}"`;
}
