/**
 * A stream on a bare TCP socket: one that can stop reading, read so many bytes and no more, and vanish. It asks by
 * HTTP/1.0, so the body comes without chunks around it, as it is.
 */
import { createConnection, type Socket } from "node:net";
import { createParser } from "eventsource-parser";
import { atTheEnd } from "../../harness/cleanup.ts";
import type { Received } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";

export interface RawOptions {
  readonly key: string;
  readonly lastEventId?: string | undefined;
  /** With its question mark. */
  readonly query?: string;
  /** The connection is cut after so many bytes of the body, wherever that is. */
  readonly mostBytes?: number;
}

export class RawStream {
  readonly events: Received[] = [];
  lastEventId: string | undefined;
  closed = false;
  readonly #socket: Socket;
  readonly #decoder = new TextDecoder();
  /** What came until the body began. */
  #head = Buffer.alloc(0);
  #isInBody = false;
  #bytesLeft: number;
  readonly #parser = createParser({
    onEvent: ({ id, event = "message", data }) => {
      this.lastEventId = id ?? this.lastEventId;
      this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
    },
  });

  constructor(
    url: string,
    { key, lastEventId, query = "", mostBytes = Number.POSITIVE_INFINITY }: RawOptions,
  ) {
    this.lastEventId = lastEventId;
    this.#bytesLeft = mostBytes;
    const { hostname, port } = new URL(url);
    const resume = lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`];
    const head = [`GET /v1/sms/stream${query} HTTP/1.0`, `Authorization: Bearer ${key}`, ...resume, "", ""];
    this.#socket = createConnection({ host: hostname, port: Number(port) });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.closed = true;
    });
    this.#socket.write(head.join("\r\n"));
    atTheEnd(() => this.#socket.destroy());
  }

  get bodies(): string[] {
    return this.events.filter(({ event }) => event === "sms_received").map(({ data }) => String(data.body));
  }

  has(event: string): boolean {
    return this.events.some((received) => received.event === event);
  }

  async connected(): Promise<this> {
    await until("connected", () => this.has("connected"));
    return this;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let body = chunk;
    if (!this.#isInBody) {
      this.#head = Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#isInBody = true;
      body = this.#head.subarray(end + 4);
    }
    const taken = body.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= taken.length;
    this.#parser.feed(this.#decoder.decode(taken, { stream: true }));
    if (this.#bytesLeft === 0) this.#socket.destroy();
  }
}
