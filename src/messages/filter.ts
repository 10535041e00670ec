/** The filter of a history, held against messages in memory. */
import type { Message, StoredMessage } from "../message.ts";
import { SearchedText } from "../search/text.ts";
import type { HistoryFilter } from "./history.ts";

type Filter = Pick<HistoryFilter, "to" | "from" | "search">;

/** Whether a message in sight is what is wanted. `text` is what of it is searched, where that is known already. */
export function admits({ to, from, search }: Filter, message: Message, text = lazyText(message)): boolean {
  if (to && !to.includes(message.to)) return false;
  if (from !== null && from !== message.from) return false;
  return search === null || text().isFoundBy(search);
}

/** The text of a message, taken apart when it is first asked for. */
export function lazyText(message: Message): () => SearchedText {
  let text: SearchedText | null = null;
  return () => (text ??= new SearchedText(message));
}

/** Of messages in sight the first that the filter finds. */
export function firstMatch(filter: Filter, messages: readonly StoredMessage[]): StoredMessage | null {
  return messages.find(({ message }) => admits(filter, message)) ?? null;
}
