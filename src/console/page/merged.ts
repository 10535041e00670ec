/** Two histories as one, newest first: what a number wrote, and what is written about it. */
import type { MessagePage } from "./api.ts";
import type { Message } from "./message.ts";

type Ask = (cursor: string | null) => Promise<MessagePage>;

interface Source {
  readonly ask: Ask;
  /** Newest first: read, and not given out yet. */
  waiting: Message[];
  /** Of its next page; null when there is none. */
  cursor: string | null;
  hasBegun: boolean;
}

/** Stands for the cursors of both. */
const MORE = "more";

/**
 * Pages of both together, each page after the one before it. What is in both comes twice, and one behind the other: a
 * timeline shows it once. Throws what asking throws, and asks the same again then.
 */
export function merged(asks: readonly Ask[]): Ask {
  const sources = asks.map((ask): Source => ({ ask, waiting: [], cursor: null, hasBegun: false }));
  return async () => {
    const read = await Promise.all(sources.map(fill));
    const messages: Message[] = [];
    // Up to where one of them has to be asked again: behind that nobody knows whose comes next.
    while (sources.every(({ waiting, cursor }) => waiting.length > 0 || cursor === null)) {
      const newest = newestOf(sources);
      if (!newest) break;
      messages.push(...newest.waiting.splice(0, 1));
    }
    const isMore = sources.some(({ waiting, cursor }) => waiting.length > 0 || cursor !== null);
    const position = read.find((one) => one !== null) ?? null;
    return { messages, cursor: isMore ? MORE : null, position };
  };
}

/** Answers the stream's position of the page, where one was read. */
async function fill(source: Source): Promise<string | null> {
  if (source.waiting.length > 0 || (source.hasBegun && source.cursor === null)) return null;
  const page = await source.ask(source.cursor);
  source.hasBegun = true;
  source.waiting = [...page.messages];
  source.cursor = page.cursor;
  return page.position;
}

function newestOf(sources: readonly Source[]): Source | null {
  let newest: Source | null = null;
  for (const source of sources) {
    const [first] = source.waiting;
    const before = newest?.waiting[0];
    if (first && (!before || Date.parse(first.received_at) > Date.parse(before.received_at))) newest = source;
  }
  return newest;
}
