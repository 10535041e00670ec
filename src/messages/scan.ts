/** Holds messages against a filter without holding up the event loop, however long their texts are. */

import type { StoredMessage } from "../message.ts";
import type { Share } from "../platform/slices.ts";
import type { SearchedText } from "../search/searchedtext.ts";
import { admits } from "./filter.ts";
import type { HistoryFilter } from "./historyquery.ts";

interface SiftOptions {
  /** No more are looked for. */
  readonly most?: number;
  /** Nobody waits any more: what was found until then is all. */
  readonly signal?: AbortSignal;
  /** Where the text may be known already. */
  readonly textOf?: (stored: StoredMessage) => SearchedText;
}

/** Of the messages those that the filter finds, in their order. A slice of time holds one long text, or hundreds. */
export async function scan(
  share: Share,
  filter: HistoryFilter,
  messages: readonly StoredMessage[],
  { most = messages.length, signal, textOf }: SiftOptions = {},
): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  let at = 0;
  await share((isOver) => {
    for (; at < messages.length && found.length < most && !signal?.aborted; at++) {
      if (isOver()) return false;
      const stored = messages[at];
      if (stored && admits(filter, stored, textOf)) found.push(stored);
    }
    return true;
  });
  return found;
}
