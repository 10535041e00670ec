/** The filter of a history, held against messages in memory. */
import type { Message, StoredMessage } from "../message.ts";
import { finds } from "../search/query.ts";
import { searchedWords } from "../search/searched.ts";
import { senderForm } from "../values/phone.ts";
import type { HistoryFilter } from "./history.ts";

type Filter = Pick<HistoryFilter, "to" | "from" | "search">;

/** Whether a message in sight is what is wanted. `words` are those of its texts, where they are known already. */
export function admits({ to, from, search }: Filter, message: Message, words = lazyWords(message)): boolean {
  if (to && !to.includes(message.to)) return false;
  if (from !== null && senderForm(from) !== senderForm(message.from)) return false;
  return search === null || finds(search, words());
}

/** The words of a message, taken apart when they are first asked for. */
export function lazyWords(message: Message): () => readonly string[] {
  let words: readonly string[] | null = null;
  return () => (words ??= searchedWords(message));
}

/** Of messages in sight the first that the filter finds. */
export function firstMatch(filter: Filter, messages: readonly StoredMessage[]): StoredMessage | null {
  return messages.find(({ message }) => admits(filter, message)) ?? null;
}
