/**
 * The list of messages on the screen. What arrives goes on top, unless somebody has scrolled down to read: then it is
 * held back behind a button, so that nothing moves under their eyes.
 */
import { arrange } from "./arrange.ts";
import { ago, clockTime } from "./clock.ts";
import { byId, onClick, setText } from "./dom.ts";
import { type Emptiness, EmptyPlace } from "./emptyplace.ts";
import type { Feed, FeedView, Foot } from "./feed.ts";
import { type Hits, hitsOf, NO_HITS } from "./hits.ts";
import type { Message } from "./message.ts";
import { prefixed } from "./query.ts";
import { messageRow, type Row, type RowsOf } from "./row.ts";
import type { Change } from "./timeline.ts";

/** Pixels from the top within which somebody counts as watching what arrives. */
const TOP_PX = 80;
/** More than this at once are a replay, in which nothing stands out. */
const MAX_FRESH = 10;
/** Clock times older than this say the same for ever. */
const SETTLED_MS = 2 * 3_600_000;

export class MessageList implements FeedView {
  readonly #list = byId("list", HTMLOListElement);
  readonly #held = byId("held", HTMLButtonElement);
  readonly #foot = byId("foot", HTMLElement);
  readonly #footText = byId("foot-text", HTMLElement);
  readonly #older = byId("older", HTMLButtonElement);
  readonly #skeleton = byId("skeleton", HTMLElement);
  readonly #emptyPlace = new EmptyPlace();
  readonly #rowOptions: RowsOf;
  /** Newest first, as they stand in the list. */
  #rows: Row[] = [];
  /** Newest first: arrived, and not shown yet. */
  #waiting: Message[] = [];
  #hits: Hits = NO_HITS;
  #refreshedOn = new Date().toDateString();
  /** Whether times say how long ago it was. */
  #showsAges = false;
  #shownFoot: Foot = { kind: "loading" };

  constructor(rows: RowsOf, onOlder: () => void, onAct: (message: Message, at: HTMLElement) => void) {
    this.#rowOptions = rows;
    onClick(this.#held, () => this.#jump());
    addEventListener("scroll", () => this.#release(), { passive: true });
    onClick(this.#older, onOlder);
    this.#list.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLTimeElement) this.toggleTimes();
      if (!(target instanceof HTMLElement) || !target.matches(".act")) return;
      const message = this.messageIn(target);
      if (message) onAct(message, target);
    });
  }

  /** The message whose row this is, or is in. */
  messageIn(target: HTMLElement): Message | null {
    return this.#rows.find(({ item }) => item.contains(target))?.message ?? null;
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

  showEmptiness(emptiness: Emptiness): void {
    this.#emptyPlace.say(emptiness);
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
    if (this.#refreshedOn !== now.toDateString()) arrange(this.#rows, 0, this.#rows.length, now);
    this.#refreshedOn = now.toDateString();
    for (const row of this.#rows) {
      if (!this.#showsAges && now.getTime() - row.receivedAt.getTime() > SETTLED_MS) break;
      this.#tell(row, now);
    }
  }

  /** From the clock to how long ago, and back. */
  toggleTimes(): void {
    this.#showsAges = !this.#showsAges;
    const now = new Date();
    for (const row of this.#rows) this.#tell(row, now);
  }

  #tell({ time, receivedAt }: Row, now: Date): void {
    setText(time, (this.#showsAges ? ago : clockTime)(receivedAt, now));
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
    arrange(this.#rows, 0, rows.length, new Date());
  }

  #append(messages: readonly Message[]): void {
    const rows = this.#build(messages);
    this.#rows.push(...rows);
    this.#list.append(...rows.map(({ item }) => item));
    arrange(this.#rows, this.#rows.length - rows.length, this.#rows.length, new Date());
  }

  #build(messages: readonly Message[]): Row[] {
    const now = new Date();
    const options = { ...this.#rowOptions, hits: this.#hits };
    return messages.map((message) => {
      const row = messageRow(message, options);
      this.#tell(row, now);
      return row;
    });
  }

  #showHeld(): void {
    const count = this.#waiting.length;
    this.#held.hidden = count === 0;
    setText(this.#held, count === 1 ? "1 new message" : `${count.toLocaleString("en")} new messages`);
  }

  #showEmpty(): void {
    const isEmpty = this.#rows.length + this.#waiting.length === 0;
    this.#emptyPlace.show(isEmpty && this.#shownFoot.kind === "end");
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
