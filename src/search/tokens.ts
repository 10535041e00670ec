/**
 * What the full-text index holds of a message: for FTS5 these are words, and mean nothing. Each begins with the number
 * of the message's span, so no search reads what was written to other accounts than its own.
 */
import { senderForm } from "../values/phone.ts";
import { BORDER } from "./fields.ts";

/** Of a routed message. */
export interface Indexed {
  readonly from: string;
  readonly to: string;
  readonly words: readonly string[];
}

/** Tokens of a message that are no words. */
export const OTHER_TOKENS = 3;

// A word's token is never one of the others, nor a word of another span: behind the number comes another letter.
export const spanToken = (span: number) => `${span}a`;
export const senderToken = (span: number, from: string) =>
  `${span}f${Buffer.from(senderForm(from)).toString("hex")}`;
export const recipientToken = (span: number, to: string) => `${span}t${Buffer.from(to).toString("hex")}`;
export const wordToken = (span: number, word: string) => `${span}w${word}`;
/** Where the subject ends: between it and the body no phrase stands. It is nobody's, and nobody asks for it. */
const BORDER_TOKEN = "b";

/** Separated by spaces, the words in the order in which they stand. */
export function tokensOf(span: number, { from, to, words }: Indexed): string {
  const tokens = words.map((word) => (word === BORDER ? BORDER_TOKEN : wordToken(span, word)));
  return [spanToken(span), senderToken(span, from), recipientToken(span, to), ...tokens].join(" ");
}
