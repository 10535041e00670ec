/** The filter of a history, held against messages in memory. */
import type { Message, StoredMessage } from "../message.ts";
import type { HistoryFilter } from "./history.ts";
import type { Matcher } from "./matcher.ts";

/** Whether all but its text is what is wanted. */
export function admits({ to, from }: Pick<HistoryFilter, "to" | "from">, message: Message): boolean {
  return (to?.includes(message.to) ?? true) && (from === null || from === message.from);
}

/** Of messages in sight the first that the filter finds. */
export function firstMatch(
  matcher: Matcher,
  filter: Pick<HistoryFilter, "to" | "from" | "search">,
  messages: readonly StoredMessage[],
): StoredMessage | null {
  const candidates = messages.filter(({ message }) => admits(filter, message));
  const { search } = filter;
  if (search === null || candidates.length === 0) return candidates[0] ?? null;
  const bodies = candidates.map(({ message }) => message.body);
  const [first] = matcher.over(bodies, (find) => find(search));
  return first === undefined ? null : (candidates[first] ?? null);
}
