/** A client of the stream that keeps everything it was sent. It does not come back by itself. */
import { createParser } from "eventsource-parser";
import { atTheEnd } from "./cleanup.ts";
import { until } from "./until.ts";

export interface Received {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface StreamOptions {
  readonly key?: string;
  readonly lastEventId?: string;
  /** Behind `/api/v1/sms/stream`, with its question mark. */
  readonly query?: string;
  readonly path?: string;
}

export class StreamClient {
  readonly events: Received[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  /** The text as it came. */
  raw = "";
  ended = false;
  /** The last id that was seen, as an EventSource would send it. */
  lastEventId: string | undefined;
  readonly response: Response;
  readonly #abort: AbortController;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    void this.#follow();
  }

  of(event: string): Received[] {
    return this.events.filter((received) => received.event === event);
  }

  /** The messages received so far, in order. */
  get messages(): Record<string, unknown>[] {
    return this.of("sms_received").map(({ data }) => data);
  }

  get bodies(): unknown[] {
    return this.messages.map((message) => message.body);
  }

  /** The first event of this name. */
  event(name: string, timeoutMs?: number): Promise<Received> {
    return until(`the event ${name}`, () => this.of(name)[0], timeoutMs);
  }

  async messageCount(count: number, timeoutMs?: number): Promise<void> {
    await until(
      `${count} messages (there are ${this.messages.length})`,
      () => this.messages.length >= count,
      timeoutMs,
    );
  }

  async end(timeoutMs?: number): Promise<void> {
    await until("the end of the stream", () => this.ended, timeoutMs);
  }

  close(): void {
    this.#abort.abort();
  }

  async #follow(): Promise<void> {
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: ({ id, event = "message", data }) => {
        if (id !== undefined) this.lastEventId = id;
        this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
      },
      onComment: (comment) => this.comments.push(comment.trim()),
      onRetry: (retry) => this.retries.push(retry),
    });
    try {
      for await (const chunk of this.response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true });
        this.raw += text;
        parser.feed(text);
      }
    } catch {
      // Cut, by us or by the server.
    }
    this.ended = true;
  }
}

/** Opens a stream and waits for its headers, whatever the status. */
export async function openStream(url: string, options: StreamOptions = {}): Promise<StreamClient> {
  const abort = new AbortController();
  atTheEnd(() => abort.abort());
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (options.key) headers.authorization = `Bearer ${options.key}`;
  if (options.lastEventId !== undefined) headers["last-event-id"] = options.lastEventId;
  const target = `${url}${options.path ?? "/api/v1/sms/stream"}${options.query ?? ""}`;
  return new StreamClient(await fetch(target, { headers, signal: abort.signal }), abort);
}

/** Opens a stream and waits until it is connected. */
export async function connect(url: string, options: StreamOptions): Promise<StreamClient> {
  const client = await openStream(url, options);
  await client.event("connected");
  return client;
}
