/** Streams over HTTP/2: many on one connection, each of which can be cancelled, or left unread, by itself. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { createParser } from "eventsource-parser";
import { atTheEnd } from "../../harness/cleanup.ts";
import type { Received } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";

export class Multiplexed {
  readonly #session: ClientHttp2Session;

  constructor(url: string) {
    this.#session = connect(url, { rejectUnauthorized: false });
    this.#session.on("error", () => undefined);
    atTheEnd(() => this.#session.destroy());
  }

  get isClosed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  async stream(key: string, headers: Record<string, string> = {}): Promise<StreamOverHttp2> {
    const request = { ":path": "/api/v1/sms/stream", authorization: `Bearer ${key}`, ...headers };
    const stream = new StreamOverHttp2(this.#session.request(request));
    await until("its headers", () => stream.status || stream.ended);
    return stream;
  }

  close(): void {
    this.#session.destroy();
  }
}

export class StreamOverHttp2 {
  readonly events: Received[] = [];
  status = 0;
  ended = false;
  readonly #stream: ClientHttp2Stream;

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream;
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: ({ id, event = "message", data }) =>
        this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> }),
    });
    stream.on("response", (headers) => {
      this.status = Number(headers[":status"]);
    });
    stream.on("data", (chunk: Uint8Array) => parser.feed(decoder.decode(chunk, { stream: true })));
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.ended = true;
    });
  }

  get bodies(): unknown[] {
    return this.events.filter(({ event }) => event === "sms_received").map(({ data }) => data.body);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }
}
