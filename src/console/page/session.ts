/** What happens with one key, from its being given to its end: who it is, what it sees, and the stream. */
import type { Announcer } from "./announcer.ts";
import { Api, type KnownNumber, RequestFailed } from "./api.ts";
import { type Connection, endSentence, type Gap } from "./connection.ts";
import { Feeds } from "./feeds.ts";
import { historyOf } from "./history.ts";
import { showIdentity } from "./identity.ts";
import type { MessageList } from "./list.ts";
import type { Message } from "./message.ts";
import type { Numbers } from "./numbers.ts";
import type { MessageQuery } from "./query.ts";
import { Patience } from "./retry.ts";
import type { Status } from "./status.ts";
import { Stream } from "./stream.ts";
import type { Unseen } from "./tabtitle.ts";
import { MAX_MESSAGES } from "./timeline.ts";

export interface Parts {
  readonly status: Status;
  readonly numbers: Numbers;
  readonly list: MessageList;
  readonly announcer: Announcer;
  readonly unseen: Unseen;
  readonly heartbeatMs: number;
}

export interface SessionEvents {
  /** The key is known, and something may be shown. */
  readonly onKnown: () => void;
  /** The key opens nothing, or nothing more. */
  readonly onEnd: (message: string) => void;
}

/** What arrives within this time is drawn at once: a replay brings thousands. */
const DRAW_MS = 40;

export class Session {
  readonly api: Api;
  readonly #key: string;
  readonly #parts: Parts;
  readonly #events: SessionEvents;
  readonly #abort = new AbortController();
  readonly #feeds: Feeds;
  #stream: Stream | null = null;
  #cursor: string | null = null;
  #arrived: Message[] = [];
  readonly #patience: Patience;

  constructor(key: string, parts: Parts, events: SessionEvents) {
    this.#key = key;
    this.#parts = parts;
    this.#events = events;
    this.api = new Api(key, this.#abort.signal);
    this.#patience = new Patience(this.#abort.signal, (connection) => this.#showConnection(connection));
    this.#feeds = new Feeds(
      (query) => historyOf(this.api, query, parts.numbers),
      parts.list,
      () => parts.numbers.first,
    );
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  /** Resolves when the session is over; never throws. */
  async run(): Promise<void> {
    const { status, numbers, heartbeatMs } = this.#parts;
    status.showConnection({ kind: "connecting" });
    try {
      const identity = await this.#insist(() => this.api.me());
      const known = await this.#insist(() => this.#numbers());
      if (this.#isOver) return;
      showIdentity(identity);
      numbers.show(known, known ? "" : NOT_LISTED);
      this.#events.onKnown();
      const after = await this.#insist(() => this.#feeds.start());
      if (this.#isOver) return;
      const options = {
        url: new URL("api/v1/sms/stream", document.baseURI).href,
        key: this.#key,
        after,
        heartbeatMs,
      };
      this.#stream = new Stream(options, {
        onMessage: (message) => this.#arrive(message),
        onConnection: (connection) => this.#showConnection(connection),
        onGap: (gap) => this.#showGap(gap),
        onCursor: (cursor) => this.#moveTo(cursor),
        onHeartbeat: (at) => status.showHeartbeat(at),
      });
      if (after) this.#moveTo(after);
      await this.#stream.run();
    } catch (error) {
      if (!this.#isOver) this.#end(sentenceOf(error));
    }
  }

  stop(): void {
    this.#abort.abort();
    this.#stream?.stop();
    this.#patience.hurry();
    this.#parts.announcer.stop();
  }

  choose(query: MessageQuery): void {
    void this.#feeds.choose(query);
  }

  loadOlder(): void {
    void this.#feeds.loadOlder();
  }

  /** The network is back, or the page is looked at again. */
  wake(): void {
    this.#patience.hurry();
    this.#stream?.wake();
  }

  get #isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Null when this key may not list them. */
  async #numbers(): Promise<KnownNumber[] | null> {
    return this.api.numbers().catch((error) => {
      if (error instanceof RequestFailed && error.status === 403) return null;
      throw error;
    });
  }

  #insist<T>(ask: () => Promise<T>): Promise<T> {
    return this.#patience.insist(ask);
  }

  #arrive(message: Message): void {
    if (this.#arrived.length === 0) setTimeout(() => this.#draw(), DRAW_MS);
    this.#arrived.push(message);
    if (this.#arrived.length > MAX_MESSAGES) this.#draw(); // in a tab that nobody looks at timers are rare
  }

  #draw(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    if (this.#isOver) return;
    for (const { to } of arrived) this.#parts.numbers.arrive(to);
    const shown = this.#feeds.take(arrived);
    this.#parts.announcer.announce(shown);
    this.#parts.unseen.count(shown);
  }

  #showConnection(connection: Connection): void {
    this.#parts.status.showConnection(connection);
    if (connection.kind === "ended") this.#end(connection.message);
  }

  #showGap(gap: Gap): void {
    this.#parts.status.showGap(gap);
    // What expired is replayed by the stream itself; otherwise it goes on from now, and the list begins anew.
    if (gap.reason !== "expired") void this.#feeds.reload();
  }

  #moveTo(cursor: string): void {
    this.#cursor = cursor;
    this.#parts.status.showCursor(cursor);
  }

  #end(message: string): void {
    this.#parts.status.showConnection({ kind: "ended", reason: "unauthorized", message });
    this.stop();
    this.#events.onEnd(message);
  }
}

const NOT_LISTED = "Without the scope phone_numbers:read, only numbers that messages came to are shown.";

function sentenceOf(error: unknown): string {
  if (!(error instanceof RequestFailed)) return error instanceof Error ? error.message : String(error);
  return error.status === 401 ? endSentence("unauthorized") : error.message;
}
