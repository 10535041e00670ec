/**
 * The list of messages on the screen. What arrives goes on top, unless somebody has scrolled down to read: then it is
 * held back behind a button, so that nothing moves under their eyes.
 */
import { ago } from "./clock.ts";
import { byId, onClick, setText } from "./dom.ts";
import type { Feed, FeedView, Foot } from "./feed.ts";
import { type Hits, hitsOf, NO_HITS } from "./hits.ts";
import type { Message } from "./message.ts";
import { prefixed } from "./query.ts";
import { type LabelOf, messageRow, type Row } from "./row.ts";
import type { Change } from "./timeline.ts";

/** What is said in place of a list without a message. */
export interface Emptiness {
  readonly title: string;
  readonly text: string;
  /** What a text may be sent with, or nothing where none is awaited. */
  readonly command: string;
}

/** Pixels from the top within which somebody counts as watching what arrives. */
const TOP_PX = 80;
/** More than this at once are a replay, in which nothing stands out. */
const MAX_FRESH = 10;
/** Times older than this say the same until the day is over. */
const SETTLED_MS = 2 * 3_600_000;

export class MessageList implements FeedView {
  readonly #list = byId("list", HTMLOListElement);
  readonly #held = byId("held", HTMLButtonElement);
  readonly #foot = byId("foot", HTMLElement);
  readonly #footText = byId("foot-text", HTMLElement);
  readonly #older = byId("older", HTMLButtonElement);
  readonly #skeleton = byId("skeleton", HTMLElement);
  readonly #empty = byId("empty", HTMLElement);
  readonly #emptyTitle = byId("empty-title", HTMLElement);
  readonly #emptyText = byId("empty-text", HTMLElement);
  readonly #emptyHint = byId("empty-hint", HTMLElement);
  readonly #emptyCommand = byId("empty-command", HTMLElement);
  readonly #labelOf: LabelOf;
  /** Newest first, as they stand in the list. */
  #rows: Row[] = [];
  /** Newest first: arrived, and not shown yet. */
  #waiting: Message[] = [];
  #hits: Hits = NO_HITS;
  #refreshedOn = "";
  #shownFoot: Foot = { kind: "loading" };

  constructor(labelOf: LabelOf, onOlder: () => void) {
    this.#labelOf = labelOf;
    onClick(this.#held, () => this.#jump());
    addEventListener("scroll", () => this.#release(), { passive: true });
    onClick(this.#older, onOlder);
  }

  clear(): void {
    this.#rows = [];
    this.#waiting = [];
    this.#list.replaceChildren();
    this.#showHeld();
  }

  /** Shows another feed from the top. */
  show({ timeline, foot, query }: Feed, emptiness: Emptiness): void {
    this.clear();
    this.#hits = hitsOf(prefixed(query.q));
    this.showEmptiness(emptiness);
    this.#append(timeline.messages);
    this.showFoot(foot);
    scrollTo({ top: 0 });
  }

  showEmptiness({ title, text, command }: Emptiness): void {
    setText(this.#emptyTitle, title);
    setText(this.#emptyText, text);
    setText(this.#emptyCommand, command);
    this.#emptyHint.hidden = command === "";
  }

  showTop({ added, dropped }: Change): void {
    this.#waiting.unshift(...added);
    this.#release();
    for (let i = 0; i < dropped; i++) {
      const oldest = this.#rows.pop();
      if (oldest) oldest.item.remove();
      else this.#waiting.pop();
    }
    this.#showHeld();
    this.#showEmpty();
  }

  showBottom({ added }: Change): void {
    this.#append(added);
  }

  showFoot(foot: Foot): void {
    this.#shownFoot = foot;
    const isFirst = this.#rows.length === 0;
    this.#skeleton.hidden = !(isFirst && foot.kind === "loading");
    this.#foot.hidden = isFirst && (foot.kind === "loading" || foot.kind === "end");
    this.#older.hidden = foot.kind !== "more" && foot.kind !== "failed" && foot.kind !== "loading";
    // Not `disabled`, which would take the focus away from whoever pressed it.
    this.#older.setAttribute("aria-disabled", String(foot.kind === "loading"));
    setText(this.#older, foot.kind === "failed" ? "Try again" : "Load older messages");
    setText(this.#footText, footText(foot));
    this.#list.setAttribute("aria-busy", String(foot.kind === "loading"));
    this.#showEmpty();
  }

  /** Lets the times go on. */
  refresh(now: Date): void {
    const isNewDay = this.#refreshedOn !== now.toDateString();
    this.#refreshedOn = now.toDateString();
    for (const { time, receivedAt } of this.#rows) {
      if (!isNewDay && now.getTime() - receivedAt.getTime() > SETTLED_MS) break;
      setText(time, ago(receivedAt, now));
    }
  }

  /** Goes to the top, where what was held back is shown. */
  #jump(): void {
    const hadFocus = document.activeElement === this.#held;
    scrollTo({ top: 0 });
    this.#release();
    if (hadFocus) this.#list.focus({ preventScroll: true });
  }

  /** Shows what was held back, once its place is in sight. */
  #release(): void {
    if (this.#waiting.length === 0 || scrollY > TOP_PX) return;
    this.#prepend(this.#waiting.splice(0));
    scrollTo({ top: 0 }); // a browser that anchors what is in sight would have moved on
    this.#showHeld();
  }

  #prepend(messages: readonly Message[]): void {
    const rows = this.#build(messages);
    if (rows.length <= MAX_FRESH) for (const { item } of rows) item.classList.add("fresh");
    this.#rows.unshift(...rows);
    this.#list.prepend(...rows.map(({ item }) => item));
  }

  #append(messages: readonly Message[]): void {
    const rows = this.#build(messages);
    this.#rows.push(...rows);
    this.#list.append(...rows.map(({ item }) => item));
  }

  #build(messages: readonly Message[]): Row[] {
    const now = new Date();
    return messages.map((message) => messageRow(message, { labelOf: this.#labelOf, hits: this.#hits }, now));
  }

  #showHeld(): void {
    const count = this.#waiting.length;
    this.#held.hidden = count === 0;
    setText(this.#held, count === 1 ? "1 new message" : `${count.toLocaleString("en")} new messages`);
  }

  #showEmpty(): void {
    this.#empty.hidden = this.#rows.length + this.#waiting.length > 0 || this.#shownFoot.kind !== "end";
  }
}

function footText(foot: Foot): string {
  switch (foot.kind) {
    case "loading":
      return "Loading…";
    case "more":
      return "";
    case "end":
      return "There is nothing older.";
    case "full":
      return "This tab holds no more. Search, or choose a number, to go further back.";
    case "failed":
      return foot.message;
  }
}
