/**
 * The only source of what is new, strictly by seq. Everything else (a timer, later another process's bell) only
 * rings it: a bell may be lost, doubled or late, because what counts is what the store says.
 */

import { changeEpoch, isSequel } from "../database/epoch.ts";
import type { Installation } from "../database/installation.ts";
import type { Read, Write } from "../database/result.ts";
import { errorFields, log } from "../log/log.ts";
import type { StoredMessage } from "../message.ts";
import { yieldToEventLoop } from "../platform/eventloop.ts";
import { formatCursor } from "../values/cursor.ts";
import { readNew } from "./page.ts";

/** Messages announced in one turn of the event loop: to a thousand streams some milliseconds. */
const ROWS_A_TURN = 64;

export interface Batch {
  /** In the order of seq, each once. */
  readonly messages: readonly StoredMessage[];
  /** The position up to which everything has now been announced. */
  readonly through: number;
}

/** A position, and the epoch in which it was reached. */
export type Reached = Pick<Installation, "epoch" | "position">;

export interface ChangeFeedOptions {
  /** Told before anything is announced when somebody deleted a message. */
  readonly onDeletion?: () => void;
  /** Asks the primary when the database seems to have gone back. Without it that is taken for a replica's lag. */
  readonly write?: Write;
  /** The database went back, or was replaced: what was known of it is of no use. From here on news come after this one. */
  readonly onNewEpoch?: (found: Installation) => void;
}

export class ChangeFeed {
  readonly #read: Read;
  readonly #announce: (news: Batch) => void;
  /** Replaced as a whole by each reading, so that what is read of it in one turn is of one moment. */
  #installation: Installation;
  readonly #options: ChangeFeedOptions;
  /** Set before its messages are announced, so that one who begins to listen meanwhile is not told of them twice. */
  #position: number;
  /** While it is set nothing is taken from memory: the reading may hold the same, and would announce it again. */
  #reading = false;
  /** A commit of this process got a position that had been reached before: that proves that the database went back. */
  #isProvenBack = false;
  /** The latest reading, under way or over: the next one begins behind it, because both would announce the same. */
  #current: Promise<void> = Promise.resolve();
  /** A reading that has not begun: whoever asks meanwhile shares it. */
  #next: Promise<void> | null = null;

  /** How many were handed on, also those that nobody may see. */
  announced = 0;

  /** Announces what comes after `installation.position`. */
  constructor(
    read: Read,
    installation: Installation,
    announce: (news: Batch) => void,
    options: ChangeFeedOptions = {},
  ) {
    this.#read = read;
    this.#announce = announce;
    this.#options = options;
    this.#installation = installation;
    this.#position = installation.position;
  }

  /** Everything up to here has been announced. */
  get position(): number {
    return this.#position;
  }

  /** As the latest reading found it. */
  get installation(): Installation {
    return this.#installation;
  }

  /** What a commit of this process is then compared with. */
  get reached(): Reached {
    return { epoch: this.#installation.epoch, position: this.#position };
  }

  /** `before` is what was {@link reached} before these were committed: each must have got a later position. */
  compare([first]: readonly StoredMessage[], before: Reached): void {
    const isSame = before.epoch === this.#installation.epoch;
    if (isSame && first !== undefined && first.seq <= before.position) this.#isProvenBack = true;
  }

  /**
   * What this process has just committed, in the order of seq. A transaction has the only write lock, so nothing of
   * another lies within; where nothing lies before it either, it is the news and need not be read again.
   */
  committed(messages: readonly StoredMessage[]): void {
    const news = messages.filter(({ seq }) => seq > this.#position);
    const [first] = news;
    // A reading that is under way may have begun before it was committed, or may be about to announce it.
    if (this.#reading || this.#isProvenBack || (first && first.seq !== this.#position + 1))
      return this.wake();
    if (!first) return;
    this.#position = news.at(-1)?.seq ?? first.seq;
    this.announced += news.length;
    this.#announce({ messages: news, through: this.#position });
  }

  /** A bell rang: there may be something new. */
  wake(): void {
    this.catchUp().catch((error) => log.error("what is new could not be read", errorFields(error)));
  }

  /** Resolves when all that was committed before this call has been announced. Throws what reading throws. */
  catchUp(): Promise<void> {
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#current = this.#readAll();
        return this.#current;
      });
    return this.#next;
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    try {
      await this.#readPages();
    } finally {
      this.#reading = false;
    }
  }

  async #readPages(): Promise<void> {
    for (;;) {
      const { messages, through, installation } = await readNew(this.#read, this.#position);
      if (this.#isProvenBack || !isSequel({ ...this.#installation, ...this.reached }, installation)) {
        if (await this.#beginAnew(installation)) continue;
        return;
      }
      if (installation.deletions !== this.#installation.deletions) this.#options.onDeletion?.();
      this.#installation = installation;
      if (through > this.#position) await this.#announceInTurns(messages, through);
      if (through >= installation.position) return;
      await yieldToEventLoop();
    }
  }

  /** True: there is a new epoch, and news come after its position. False: a replica lags, and what it shows is old. */
  async #beginAnew(read: Installation): Promise<boolean> {
    const known = { ...this.#installation, ...this.reached };
    const { write, onNewEpoch } = this.#options;
    const isOther = read.epoch !== known.epoch;
    if (!isOther && !write) return false;
    const found = isOther || !write ? read : await changeEpoch(write, known, this.#isProvenBack);
    this.#isProvenBack = false;
    if (found.epoch === known.epoch) return false;
    this.#installation = found;
    this.#position = found.position;
    log.error("the database went back to an earlier state, or is another: all begin anew, told of a gap", {
      was: formatCursor(known.epoch, known.position),
      is: formatCursor(found.epoch, found.position),
    });
    onNewEpoch?.(found);
    return true;
  }

  /**
   * However far behind this process is, others have their turn between two parts. There the position stands
   * at the last message announced, so that whoever begins to listen there hears the rest.
   */
  async #announceInTurns(messages: readonly StoredMessage[], through: number): Promise<void> {
    for (let from = 0; from === 0 || from < messages.length; from += ROWS_A_TURN) {
      if (from > 0) await yieldToEventLoop();
      const part = messages.slice(from, from + ROWS_A_TURN);
      const isLast = from + ROWS_A_TURN >= messages.length;
      this.#position = isLast ? through : (part.at(-1)?.seq ?? through);
      this.announced += part.length;
      this.#announce({ messages: part, through: this.#position });
    }
  }
}
