/** The page's stream: one follower, and what it tells as the states that a reader sees. */
import type { Fetch } from "../../client/connect.ts";
import { Denied, type RetryableError } from "../../client/failures.ts";
import { Follower } from "../../client/follower.ts";
import type { Ending, Phase, Watch } from "../../client/watch.ts";
import { type Connection, endSentence, type Gap } from "./connection.ts";
import { type Message, readMessage } from "./message.ts";

export interface StreamEvents {
  readonly onMessage: (message: Message) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onGap: (gap: Gap) => void;
  readonly onCursor: (cursor: string) => void;
  /** At this moment (ms since 1970) a heartbeat came, or the stream was opened. */
  readonly onHeartbeat: (at: number) => void;
}

export interface StreamOptions {
  readonly url: string;
  readonly key: string;
  /** The position behind which it starts, or null for now. */
  readonly after: string | null;
  readonly heartbeatMs: number;
  readonly fetch?: Fetch;
  readonly random?: () => number;
}

/** Heartbeats that may be missed: two, and half of one for the way. */
const SILENT_HEARTBEATS = 2.5;

export class Stream implements Watch {
  readonly #events: StreamEvents;
  readonly #stop = new AbortController();
  readonly #follower: Follower;
  #connection: Connection = { kind: "connecting" };

  constructor(options: StreamOptions, events: StreamEvents) {
    const { url, key, after, heartbeatMs, random = Math.random, fetch = globalThis.fetch } = options;
    this.#events = events;
    this.#follower = new Follower({
      target: { url, key, to: [], since: null },
      cursor: after,
      silenceMs: SILENT_HEARTBEATS * heartbeatMs,
      handle: async (message) => this.#take(message),
      keep: ({ cursor }) => events.onCursor(cursor),
      keepsEach: false,
      watch: this,
      stop: this.#stop.signal,
      fetch: (url, init) => fetch(url, { ...init, cache: "no-store", credentials: "omit" }),
      random,
      monotonic: () => performance.now(),
    });
  }

  /** Resolves when the stream is stopped, or has ended for good. */
  async run(): Promise<void> {
    try {
      await this.#follower.run();
    } catch (error) {
      this.#show(endOf(error));
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The network is back, or the page is looked at again. */
  wake(): void {
    this.#follower.wake();
  }

  phase(phase: Phase): void {
    if (phase === "connecting") this.#show({ kind: "connecting" });
    if (phase === "live") this.#show({ kind: "live" });
    // Over the server's own end of a stream nothing changes for a reader.
    if (phase === "catching up" && this.#connection.kind !== "renewing") this.#show({ kind: "catching_up" });
  }

  connected(): void {
    this.heartbeat();
  }

  sign(): void {}

  heartbeat(): void {
    this.#events.onHeartbeat(Date.now());
  }

  gap(reason: string): void {
    const known = reason === "expired" || reason === "ahead" ? reason : "unknown_cursor";
    if (known === "expired") this.#show({ kind: "catching_up" });
    this.#events.onGap({ reason: known });
  }

  waiting(ending: Ending, waitMs: number): void {
    if (ending.kind === "closed" && ending.reason === "max_duration") this.#show({ kind: "renewing" });
    else this.#show({ kind: "reconnecting", why: whyOf(ending), retryAt: Date.now() + waitMs });
  }

  retrying(): void {
    if (this.#connection.kind === "reconnecting") this.#show({ ...this.#connection, retryAt: null });
  }

  /** A server that sends no ids is none that has this page. */
  note(): void {}

  #take(message: unknown): boolean {
    const readable = this.#stop.signal.aborted ? null : readMessage(message);
    if (readable) this.#events.onMessage(readable);
    return readable !== null;
  }

  #show(connection: Connection): void {
    if (this.#stop.signal.aborted) return;
    this.#connection = connection;
    this.#events.onConnection(connection);
  }
}

/** Why coming back would change nothing. */
function endOf(error: unknown): Connection {
  if (!(error instanceof Denied)) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "ended", reason: "failed", message };
  }
  const { reason, said } = error;
  return { kind: "ended", reason, message: (reason === "forbidden" ? said : null) ?? endSentence(reason) };
}

function whyOf(ending: Ending): string {
  if (ending.kind === "interrupted") return sentenceOf(ending.error);
  if (ending.kind === "ended") return "The connection was lost.";
  if (ending.reason === "shutdown") return "The server is restarting.";
  return ending.reason === "overloaded" ? "The server has too much to do." : "The server ended the stream.";
}

/** The browser's own words for a failed connection say less. */
function sentenceOf({ trouble, said }: RetryableError): string {
  switch (trouble) {
    case "silent":
      return "Nothing was heard for too long.";
    case "refused":
      return said ?? "The server does not answer as it should.";
    default:
      return "The connection was lost.";
  }
}
