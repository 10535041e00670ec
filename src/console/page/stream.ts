/**
 * Follows the stream for as long as the key holds: opens it behind the last id that was seen, and opens it again
 * when it ends, so that every message comes, in order, and none twice.
 */
import { attempt, type Ending } from "./attempt.ts";
import { USUAL_RETRY_MS, waitAfterFailure, waitAsAsked } from "./backoff.ts";
import { type Connection, endSentence, type Gap } from "./connection.ts";
import { fields, type Message, readMessage } from "./message.ts";
import { Pause } from "./pause.ts";

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
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly random?: () => number;
}

/** Heartbeats that may be missed: two, and half of one for the way. */
const SILENT_HEARTBEATS = 2.5;

export class Stream {
  readonly #options: StreamOptions;
  readonly #events: StreamEvents;
  readonly #silenceMs: number;
  #after: string | null;
  #abort: AbortController | null = null;
  #connection: Connection = { kind: "connecting" };
  #isStopped = false;
  #failures = 0;
  #retryMs = USUAL_RETRY_MS;
  #heardAt = 0;
  readonly #pause = new Pause();

  constructor(options: StreamOptions, events: StreamEvents) {
    this.#options = options;
    this.#events = events;
    this.#after = options.after;
    this.#silenceMs = SILENT_HEARTBEATS * options.heartbeatMs;
  }

  /** Resolves when the stream is stopped, or has ended for good. */
  async run(): Promise<void> {
    this.#show({ kind: "connecting" });
    while (!this.#isStopped) {
      const ending = await this.#attempt();
      if (this.#isStopped) return;
      const over = endOf(ending);
      if (over) return this.#show(over);
      await this.#rest(ending);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort?.abort();
    this.#pause.cut();
  }

  /** The network is back, or the page is looked at again: no wait is sat out, and no dead connection is trusted. */
  wake(): void {
    this.#pause.cut();
    if (this.#heardAt > 0 && Date.now() - this.#heardAt > this.#silenceMs) this.#abort?.abort();
  }

  #attempt(): Promise<Ending> {
    const { url, key, fetch = (...request) => globalThis.fetch(...request) } = this.#options;
    if (this.#connection.kind === "reconnecting") this.#show({ ...this.#connection, retryAt: null });
    this.#abort = new AbortController();
    this.#heardAt = Date.now();
    const options = { url, key, after: this.#after, silenceMs: this.#silenceMs, fetch };
    const heard = {
      onBytes: () => {
        this.#heardAt = Date.now();
      },
      onHeartbeat: () => this.#events.onHeartbeat(Date.now()),
      onRetry: (ms: number) => {
        this.#retryMs = waitAsAsked(ms);
      },
      onEvent: (event: string, id: string | null, data: unknown) => this.#take(event, id, data),
    };
    return attempt(options, heard, this.#abort);
  }

  #take(event: string, id: string | null, data: unknown): void {
    if (this.#isStopped) return;
    switch (event) {
      case "connected":
        this.#failures = 0;
        this.#events.onHeartbeat(Date.now());
        if (this.#after === null) this.#show({ kind: "live" });
        else if (this.#connection.kind !== "renewing") this.#show({ kind: "catching_up" });
        break;
      case "gap":
        this.#takeGap(fields(data).reason);
        break;
      case "caught_up":
        this.#show({ kind: "live" });
        break;
      case "sms_received": {
        const message = readMessage(data);
        if (message) this.#events.onMessage(message);
        break;
      }
    }
    // Only after it was handled: what comes behind this position has not been seen.
    if (id) this.#moveTo(id);
  }

  #takeGap(reason: unknown): void {
    const known = reason === "expired" || reason === "ahead" ? reason : "unknown_cursor";
    // Only what expired is followed by a replay, and so by `caught_up`.
    this.#show({ kind: known === "expired" ? "catching_up" : "live" });
    this.#events.onGap({ reason: known });
  }

  #moveTo(id: string): void {
    this.#after = id;
    this.#events.onCursor(id);
  }

  async #rest(ending: Ending): Promise<void> {
    const isRenewal = ending.kind === "closed" && ending.reason === "max_duration";
    if (!isRenewal) this.#failures++;
    const { random = Math.random } = this.#options;
    const ms = askedWait(ending) ?? waitAfterFailure(this.#failures, this.#retryMs, random);
    if (isRenewal) this.#show({ kind: "renewing" });
    else this.#show({ kind: "reconnecting", why: reasonOf(ending), retryAt: Date.now() + ms });
    await this.#pause.wait(ms);
  }

  #show(connection: Connection): void {
    this.#connection = connection;
    this.#events.onConnection(connection);
  }
}

/** Whether coming back would change nothing. */
function endOf(ending: Ending): Connection | null {
  if (ending.kind === "closed" && (ending.reason === "revoked" || ending.reason === "expired"))
    return { kind: "ended", reason: ending.reason, message: endSentence(ending.reason) };
  if (ending.kind !== "refused") return null;
  if (ending.status === 401)
    return { kind: "ended", reason: "unauthorized", message: endSentence("unauthorized") };
  if (ending.status === 403) return { kind: "ended", reason: "forbidden", message: ending.message };
  return null;
}

function askedWait(ending: Ending): number | null {
  if (ending.kind === "closed") return waitAsAsked(ending.retryMs);
  return ending.kind === "refused" ? ending.retryMs : null;
}

function reasonOf(ending: Ending): string {
  if (ending.kind === "cut") return ending.why;
  if (ending.kind === "refused") return ending.message;
  if (ending.reason === "shutdown") return "The server is restarting.";
  return ending.reason === "overloaded" ? "The server has too much to do." : "The server ended the stream.";
}
