/** The newest messages in memory, encoded at most once: what a client that was away for a moment is served from. */
import { asItIs, type Show, type StoredMessage } from "../message.ts";
import { type Filter, matches } from "../messages/visibility.ts";
import { messageFrame } from "./sse.ts";

/** At a thousand messages a second, ten seconds: longer than a client needs to come back. */
const MAX_MESSAGES = 10_000;
/** Bytes of the texts and the frames of all of them, near enough: ten thousand usual ones take some 7 MB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A message with its frame, which is made when first asked for and is then everyone's. */
export class EncodedMessage {
  readonly seq: number;
  readonly stored: StoredMessage;
  readonly #epoch: string;
  readonly #show: Show;
  /** When it was handed on, in ms since 1970, and to how many streams at once: set by the hub. */
  announcedAt = 0;
  streams = 0;
  #frame: Uint8Array | null = null;
  /** Set while it is kept: told how many bytes a frame takes that is made later. */
  onFrame: ((bytes: number) => void) | null = null;

  constructor(epoch: string, stored: StoredMessage, show: Show = asItIs) {
    this.#epoch = epoch;
    this.#show = show;
    this.stored = stored;
    this.seq = stored.seq;
  }

  get frame(): Uint8Array {
    if (this.#frame === null) {
      this.#frame = messageFrame(this.#epoch, this.stored, this.#show);
      this.onFrame?.(this.#frame.byteLength);
    }
    return this.#frame;
  }

  /** What it takes in memory, near enough: a string has up to two bytes a unit. */
  get bytes(): number {
    return 2 * textOf(this) + (this.#frame?.byteLength ?? 0);
  }
}

export class ReplayBuffer {
  /** In the order of seq. The places before `#first` are empty, and cut off when they are many. */
  #announced: (EncodedMessage | undefined)[] = [];
  #first = 0;
  /** Of all that is kept, frames included. */
  #bytes = 0;
  #since: number;

  /** `position`: everything that is announced later will be kept here. */
  constructor(position: number) {
    this.#since = position;
  }

  /** Every routed message after this seq is here. */
  get since(): number {
    return this.#since;
  }

  add(announced: EncodedMessage): void {
    this.#announced.push(announced);
    this.#bytes += announced.bytes;
    announced.onFrame = (bytes) => {
      this.#bytes += bytes;
      this.#shrink();
    };
    this.#shrink();
    if (this.#first > MAX_MESSAGES) {
      this.#announced = this.#announced.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The visible ones after `after`, at most `limit`. Asked only for what lies after {@link since}. */
  after(after: number, filter: Filter, limit: number): EncodedMessage[] {
    const found: EncodedMessage[] = [];
    for (let at = this.#indexAfter(after); at < this.#announced.length && found.length < limit; at++) {
      const announced = this.#announced[at];
      if (announced && matches(filter, announced.stored)) found.push(announced);
    }
    return found;
  }

  /** The one with this seq; null when it is not here. */
  find(seq: number): EncodedMessage | null {
    const found = this.#announced[this.#indexAfter(seq - 1)];
    return found?.seq === seq ? found : null;
  }

  /** Forgets everything up to `position`: what was deleted must not come from here. */
  clear(position: number): void {
    for (const announced of this.#announced) if (announced) announced.onFrame = null;
    this.#announced = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#since = position;
  }

  #shrink(): void {
    while (this.#announced.length - this.#first > MAX_MESSAGES || this.#bytes > MAX_BYTES) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#announced[this.#first];
    this.#announced[this.#first++] = undefined;
    if (!oldest) return;
    this.#since = oldest.seq;
    this.#bytes -= oldest.bytes;
    oldest.onFrame = null;
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

/** UTF-16 units. All of a message is bounded by the webhook's size. */
function textOf({ stored: { message } }: EncodedMessage): number {
  const { body, from, subject = "", keyword = "" } = message;
  let text = body.length + from.length + subject.length + keyword.length;
  if (message.media) for (const { url } of message.media) text += url.length;
  if (message.cc) for (const number of message.cc) text += number.length;
  return text;
}
