/** The feed that follows the stream, and beside it, while somebody searches, the feed of what was found. */
import type { MessageQuery } from "./api.ts";
import { byId, setText } from "./dom.ts";
import { Feed, type FeedView, type LoadPage } from "./feed.ts";
import type { Emptiness, MessageList } from "./list.ts";
import type { Message } from "./message.ts";
import { readable } from "./text.ts";

/** What is said in place of a list without a message; `number` is one that may receive some, if any is known. */
function emptiness(q: string, to: string | null, number: string | null): Emptiness {
  if (q !== "")
    return {
      title: "Nothing was found",
      text: "Whole words are looked for, in the texts themselves.",
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

const ALL: MessageQuery = { to: null, q: "" };

export class Feeds {
  readonly #load: LoadPage;
  readonly #list: MessageList;
  readonly #note = byId("search-note", HTMLElement);
  readonly #noteText = byId("search-note-text", HTMLElement);
  #live: Feed;
  /** Null while nobody searches. */
  #found: Feed | null = null;
  /** Messages that arrived beside what was found. */
  #beside = 0;
  readonly #number: () => string | null;

  /** `number` answers one of those that may receive texts, where any is known. */
  constructor(load: LoadPage, list: MessageList, number: () => string | null) {
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
    const { to, q } = query;
    const isOtherNumber = to !== this.#live.query.to;
    if (isOtherNumber) this.#live = this.#make({ to, q: "" });
    this.#found = q === "" ? null : this.#make(query);
    this.#beside = 0;
    this.#show();
    await Promise.allSettled([this.#found?.load(), isOtherNumber ? this.#live.load() : undefined]);
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

  /** What arrived on the stream, oldest first. Answers what of it belongs to the chosen number. */
  take(arrived: readonly Message[]): readonly Message[] {
    const fresh = arrived.filter(({ message_id }) => !this.#live.timeline.has(message_id));
    const taken = this.#live.take(fresh);
    if (this.#found) {
      this.#beside += taken;
      this.#showNote();
    }
    const { to } = this.#live.query;
    return fresh.filter((message) => to === null || message.to === to);
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
    const feed: Feed = new Feed(query, this.#load, view);
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
    const { q, to } = this.#shown.query;
    return emptiness(q, to, to ?? this.#number());
  }

  #showNote(): void {
    this.#note.hidden = this.#found === null;
    if (!this.#found) return;
    const { timeline, foot, query } = this.#found;
    const count = foot.kind === "more" ? `${timeline.size}+` : String(timeline.size);
    const found = foot.kind === "loading" && timeline.size === 0 ? "Searching" : `${count} found`;
    const beside = this.#beside === 0 ? "" : ` · ${this.#beside} new since`;
    setText(this.#noteText, `${found} for “${query.q}”${beside}`);
  }
}
