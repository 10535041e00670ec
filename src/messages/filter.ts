/** The filter of a history, held against messages in memory. */
import type { Message, StoredMessage } from "../message.ts";
import { SearchedText } from "../search/text.ts";
import { senderForm } from "../values/phone.ts";
import type { HistoryFilter } from "./history.ts";
import { matches } from "./visibility.ts";

/** Whether a message is in sight, and what is wanted. `text` is what of it is searched, where that is known already. */
export function admits(
  filter: HistoryFilter,
  stored: StoredMessage,
  text = lazyText(stored.message),
): boolean {
  if (!matches(filter, stored)) return false;
  const { from, search } = filter;
  if (from !== null && senderForm(from) !== senderForm(stored.message.from)) return false;
  return search === null || text().isFoundBy(search);
}

/** The text of a message, taken apart when it is first asked for. */
export function lazyText(message: Message): () => SearchedText {
  let text: SearchedText | null = null;
  return () => (text ??= new SearchedText(message));
}

/** Of these messages the first that the filter finds. */
export function firstMatch(filter: HistoryFilter, messages: readonly StoredMessage[]): StoredMessage | null {
  return messages.find((stored) => admits(filter, stored)) ?? null;
}
