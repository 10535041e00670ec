/** The newest messages in memory, encoded at most once: what a client that was away for a moment is served from. */
import type { StoredMessage } from "../message.ts";
import { matches, type Sight } from "../messages/visibility.ts";
import { messageFrame } from "./sse.ts";

/** At a thousand messages a second, ten seconds: longer than a client needs to come back. */
const MOST_MESSAGES = 10_000;
/** UTF-16 units of all messages, near enough; their frames take about as much again. */
const MOST_TEXT = 8 * 1024 * 1024;

/** A message with its frame, which is made when first asked for and is then everyone's. */
export class Announced {
  readonly seq: number;
  readonly stored: StoredMessage;
  readonly #epoch: string;
  #frame: Uint8Array | null = null;

  constructor(epoch: string, stored: StoredMessage) {
    this.#epoch = epoch;
    this.stored = stored;
    this.seq = stored.seq;
  }

  get frame(): Uint8Array {
    this.#frame ??= messageFrame(this.#epoch, this.stored);
    return this.#frame;
  }
}

export class Recent {
  /** In the order of seq. The places before `#first` are empty, and cut off when they are many. */
  #announced: (Announced | undefined)[] = [];
  #first = 0;
  #text = 0;
  #since: number;

  /** `position`: everything that is announced later will be kept here. */
  constructor(position: number) {
    this.#since = position;
  }

  /** Every routed message after this seq is here. */
  get since(): number {
    return this.#since;
  }

  add(announced: Announced): void {
    this.#announced.push(announced);
    this.#text += textOf(announced);
    while (this.#announced.length - this.#first > MOST_MESSAGES || this.#text > MOST_TEXT) this.#dropOldest();
    if (this.#first > MOST_MESSAGES) {
      this.#announced = this.#announced.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Those in sight after `after`, at most `limit`. Asked only for what lies after {@link since}. */
  after(after: number, sight: Sight, limit: number): Announced[] {
    const found: Announced[] = [];
    for (let at = this.#indexAfter(after); at < this.#announced.length && found.length < limit; at++) {
      const announced = this.#announced[at];
      if (announced && matches(sight, announced.stored)) found.push(announced);
    }
    return found;
  }

  /** Forgets everything up to `position`: what was deleted must not come from here. */
  clear(position: number): void {
    this.#announced = [];
    this.#first = 0;
    this.#text = 0;
    this.#since = position;
  }

  #dropOldest(): void {
    const oldest = this.#announced[this.#first];
    this.#announced[this.#first++] = undefined;
    if (!oldest) return;
    this.#since = oldest.seq;
    this.#text -= textOf(oldest);
  }

  /** The index of the first after `seq`, by halving. */
  #indexAfter(seq: number): number {
    let low = this.#first;
    let high = this.#announced.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#announced[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What it takes in memory, near enough. All of a message is bounded by the webhook's size. */
function textOf({ stored: { message } }: Announced): number {
  const { body, from, subject = "", keyword = "" } = message;
  let text = body.length + from.length + subject.length + keyword.length;
  if (message.media) for (const { url } of message.media) text += url.length;
  if (message.cc) for (const number of message.cc) text += number.length;
  return text;
}
