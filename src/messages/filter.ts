/** The filter of a history, held against messages in memory. */

import type { StoredMessage } from "../message.ts";
import { SearchedText } from "../search/searchedtext.ts";
import { senderForm } from "../values/phone.ts";
import type { HistoryFilter } from "./historyquery.ts";
import { matches } from "./visibility.ts";

/** Whether a message is visible, and is what is wanted. `textOf` may know what of it is searched. */
export function admits(
  filter: HistoryFilter,
  stored: StoredMessage,
  textOf = ({ message }: StoredMessage) => new SearchedText(message),
): boolean {
  if (!matches(filter, stored)) return false;
  const { from, search } = filter;
  if (from !== null && senderForm(from) !== senderForm(stored.message.from)) return false;
  return search === null || textOf(stored).isFoundBy(search);
}
