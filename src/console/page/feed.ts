/** One list of messages: its first page, older ones when asked, and what arrives meanwhile, without a hole between. */
import type { MessagePage } from "./api.ts";
import type { Message } from "./message.ts";
import type { MessageQuery } from "./query.ts";
import { type Change, MAX_MESSAGES, Timeline } from "./timeline.ts";

/** What stands below the list. */
export type Foot =
  | { readonly kind: "loading" }
  | { readonly kind: "more" }
  | { readonly kind: "end" }
  /** No more fits into the tab. */
  | { readonly kind: "full" }
  | { readonly kind: "failed"; readonly message: string };

export interface FeedView {
  readonly showTop: (change: Change) => void;
  readonly showBottom: (change: Change) => void;
  readonly showFoot: (foot: Foot) => void;
}

/** The pages of one feed, from the first on. */
export type LoadPage = (cursor: string | null) => Promise<MessagePage>;

export class Feed {
  readonly query: MessageQuery;
  readonly timeline: Timeline;
  readonly #load: LoadPage;
  readonly #view: FeedView;
  /** What arrived while the first page was on its way; null once it is there. */
  #early: Message[] | null = [];
  #loading: Promise<void> | null = null;
  #cursor: string | null = null;
  #foot: Foot = { kind: "loading" };
  #position: string | null = null;
  /** Once the oldest made room, the next page would leave a hole behind what is shown. */
  #hasDropped = false;

  constructor(query: MessageQuery, load: LoadPage, view: FeedView, timeline = new Timeline()) {
    this.query = query;
    this.timeline = timeline;
    this.#load = load;
    this.#view = view;
  }

  get foot(): Foot {
    return this.#foot;
  }

  /** The stream's position of the first page; null until it is there. */
  get position(): string | null {
    return this.#position;
  }

  /** The first page, or the next older one. Only one at a time; a failure is shown below the list, and thrown. */
  load(): Promise<void> {
    this.#loading ??= this.#loadNext().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #loadNext(): Promise<void> {
    this.#showFoot({ kind: "loading" });
    let page: MessagePage;
    try {
      page = await this.#load(this.#cursor);
    } catch (error) {
      this.#showFoot({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    this.#view.showBottom(this.timeline.addOlder(page.messages));
    this.#cursor = page.cursor;
    if (this.#early) this.#takeEarly(this.#early, page.position);
    this.#showFoot(this.#below());
  }

  /** Takes what arrived on the stream, oldest first, as far as it belongs to this list. Answers how many did. */
  take(arrived: readonly Message[]): number {
    const ours = arrived.filter((message) => belongs(message, this.query));
    if (this.#early) {
      this.#early = [...this.#early, ...ours].slice(-MAX_MESSAGES);
      return ours.length;
    }
    const change = this.timeline.addNewer(ours);
    if (change.added.length > 0) this.#view.showTop(change);
    if (change.dropped > 0) {
      this.#hasDropped = true;
      this.#showFoot(this.#below());
    }
    return change.added.length;
  }

  /** What is older than something on the page, and yet not on it, belongs to the next page, not on top. */
  #takeEarly(early: readonly Message[], position: string | null): void {
    this.#early = null;
    this.#position = position;
    const known = early.findLastIndex(({ message_id }) => this.timeline.has(message_id));
    this.take(early.slice(known + 1));
  }

  #below(): Foot {
    if (this.#cursor === null && !this.#hasDropped) return { kind: "end" };
    return { kind: this.#hasDropped || this.timeline.isFull ? "full" : "more" };
  }

  #showFoot(foot: Foot): void {
    this.#foot = foot;
    this.#view.showFoot(foot);
  }
}

/** Whether a message that arrives belongs to a list of this number and this sender. */
export function belongs(message: Message, { to, from }: MessageQuery): boolean {
  return (to === null || message.to === to) && (from === null || message.from === from);
}
