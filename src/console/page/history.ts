/** The pages of what is kept: of a number or a sender, of a search, or of a single message. */
import { type Api, type HistoryQuery, type MessagePage, RequestFailed } from "./api.ts";
import type { LoadPage } from "./feed.ts";
import { merged } from "./merged.ts";
import type { Numbers } from "./numbers.ts";
import { type MessageQuery, prefixed, typedSender } from "./query.ts";

/** Begins with the newest. A number that was typed is looked for among the senders and in the texts. */
export function historyOf(api: Api, { to, from, q, message }: MessageQuery, numbers: Numbers): LoadPage {
  const page = async (query: HistoryQuery, cursor: string | null): Promise<MessagePage> => {
    const read = await api.messages(query, cursor);
    for (const one of read.messages) numbers.see(one.to);
    return read;
  };
  if (message !== null) return () => api.message(message).catch(noneIfUnknown);
  const written: LoadPage = (cursor) => page({ to, from, q: prefixed(q) }, cursor);
  const sender = from === null ? typedSender(q, numbers.first) : null;
  return sender === null ? written : merged([written, (cursor) => page({ to, from: sender, q: "" }, cursor)]);
}

function noneIfUnknown(error: unknown): MessagePage {
  if (error instanceof RequestFailed && error.status === 404)
    return { messages: [], cursor: null, position: null };
  throw error;
}
