/** The feed that follows the stream, and beside it, while somebody searches, the feed of what was found. */
import { byId, setText } from "./dom.ts";
import type { Emptiness } from "./emptyplace.ts";
import { belongs, Feed, type FeedView, type LoadPage } from "./feed.ts";
import type { MessageList } from "./list.ts";
import type { Message } from "./message.ts";
import { ALL, isSearch, type MessageQuery } from "./query.ts";
import { readable } from "./text.ts";

/** What is said in place of a list without a message; `number` is one that may receive some, if any is known. */
function emptiness({ q, to, message }: MessageQuery, number: string | null): Emptiness {
  if (message !== null)
    return { title: "There is no such message", text: "It may be older than what is kept.", command: "" };
  if (q !== "")
    return {
      title: "Nothing was found",
      text: "Words are looked for in the texts by their beginnings, and whole numbers among the senders.",
      command: "",
    };
  const title = "Nothing here yet";
  if (number === null) return { title, text: "A text appears the moment it arrives.", command: "" };
  const which = to === null ? readable(number) : "this number";
  return {
    title,
    text: `A text to ${which} appears the moment it arrives.`,
    command: `inlet simulate --to ${number}`,
  };
}

export class Feeds {
  readonly #load: (query: MessageQuery) => LoadPage;
  readonly #list: MessageList;
  readonly #note = byId("search-note", HTMLElement);
  readonly #noteText = byId("search-note-text", HTMLElement);
  #live: Feed;
  /** Null while nobody searches. */
  #found: Feed | null = null;
  /** Messages that arrived beside what was found. */
  #beside = 0;
  readonly #number: () => string | null;

  /** `load` begins a feed's pages; `number` answers one of those that may receive texts, where any is known. */
  constructor(load: (query: MessageQuery) => LoadPage, list: MessageList, number: () => string | null) {
    this.#load = load;
    this.#number = number;
    this.#list = list;
    this.#live = this.#make(ALL);
    this.#show();
  }

  /** The first page of the live feed. Resolves to the stream's position there; throws what loading throws. */
  async start(): Promise<string | null> {
    this.#showEmptiness(); // the numbers are known by now
    for (;;) {
      const feed = this.#live;
      if (feed.position === null) await feed.load();
      // Somebody may have chosen another number meanwhile, whose page was read at another moment.
      if (feed === this.#live) return feed.position;
    }
  }

  /** Another number or another search. A failure is shown below the list. */
  async choose(query: MessageQuery): Promise<void> {
    const { to, from } = query;
    const isOther = to !== this.#live.query.to || from !== this.#live.query.from;
    if (isOther) this.#live = this.#make({ ...ALL, to, from });
    this.#found = isSearch(query) ? this.#make(query) : null;
    this.#beside = 0;
    this.#show();
    await Promise.allSettled([this.#found?.load(), isOther ? this.#live.load() : undefined]);
  }

  /** All of it again, after the stream could not go on where it was. */
  async reload(): Promise<void> {
    this.#live = this.#make(this.#live.query);
    if (!this.#found) this.#show();
    await this.#live.load().catch(() => undefined);
  }

  async loadOlder(): Promise<void> {
    await this.#shown.load().catch(() => undefined);
  }

  /** What arrived on the stream, oldest first. Answers what of it belongs to the chosen number and sender. */
  take(arrived: readonly Message[]): readonly Message[] {
    const fresh = arrived.filter(({ message_id }) => !this.#live.timeline.has(message_id));
    const taken = this.#live.take(fresh);
    if (this.#found) {
      this.#beside += taken;
      this.#showNote();
    }
    return fresh.filter((message) => belongs(message, this.#live.query));
  }

  get #shown(): Feed {
    return this.#found ?? this.#live;
  }

  /** A feed draws only while it is the one that is shown. */
  #make(query: MessageQuery): Feed {
    const whenShown =
      <T>(draw: (what: T) => void) =>
      (what: T): void => {
        if (this.#shown === feed) draw(what);
      };
    const view: FeedView = {
      showTop: whenShown((change) => this.#list.showTop(change)),
      showBottom: whenShown((change) => this.#list.showBottom(change)),
      showFoot: whenShown((foot) => {
        this.#list.showFoot(foot);
        this.#showNote();
      }),
    };
    const feed: Feed = new Feed(query, this.#load(query), view);
    return feed;
  }

  #show(): void {
    this.#list.show(this.#shown, this.#emptiness());
    this.#showNote();
  }

  #showEmptiness(): void {
    this.#list.showEmptiness(this.#emptiness());
  }

  #emptiness(): Emptiness {
    const { query } = this.#shown;
    return emptiness(query, query.to ?? this.#number());
  }

  #showNote(): void {
    this.#note.hidden = this.#found === null;
    if (!this.#found) return;
    const { timeline, foot, query } = this.#found;
    const isSingle = query.message !== null;
    const count = foot.kind === "more" ? `${timeline.size}+` : String(timeline.size);
    const found = foot.kind === "loading" && timeline.size === 0 ? "Searching" : `${count} found`;
    const beside = this.#beside === 0 ? "" : ` · ${this.#beside} new since`;
    setText(this.#noteText, isSingle ? `One message${beside}` : `${found} for “${query.q}”${beside}`);
  }
}
