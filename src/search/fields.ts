/** What of a message is searched: the index, what is in memory, and a question all go by this. */
import { SEARCHED_TEXT, wordsOf } from "./words.ts";

/** Stands between the words of the subject and those of the body: no word is like it, so no phrase stands across. */
export const BORDER = "";

/** The words of the subject, then those of the body, in the order in which they stand; of both the first {@link SEARCHED_TEXT}. */
export function searchedWords(message: {
  readonly subject?: string | null | undefined;
  readonly body: string;
}): string[] {
  const { subject, body } = message;
  if (!subject) return wordsOf(body);
  return [
    ...wordsOf(subject),
    BORDER,
    ...wordsOf(body.slice(0, Math.max(0, SEARCHED_TEXT - subject.length))),
  ];
}
