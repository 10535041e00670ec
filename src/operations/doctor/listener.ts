/** A stream of the doctor's own: when its first byte came, and when the one message that it waits for. */
import { connect, type Fetch } from "../../client/connect.ts";
import { readPieces } from "../../client/events.ts";
import { RetryableError } from "../../client/failures.ts";
import { ApiError, CommandError } from "../../errors.ts";
import { withDeadline } from "../../platform/deadline.ts";

export interface Address {
  readonly url: string;
  /** Of this machine's own server: it may be called by an address that its certificate does not name. */
  readonly isOurs: boolean;
  /** ` through the proxy …`, or nothing. */
  readonly through: string;
}

/** Longer than anybody waits for it. */
const SILENCE_MS = 60_000;

export class Listener {
  readonly #abort = new AbortController();
  readonly #text: string;
  readonly #connected = Promise.withResolvers<number>();
  readonly #arrived = Promise.withResolvers<number>();

  /** `text` is the body of the message that is waited for. */
  constructor(address: Address, key: string, text: string) {
    this.#text = text;
    for (const { promise } of [this.#connected, this.#arrived]) promise.catch(() => undefined);
    this.#follow(address, key).catch((error: unknown) => this.#fail(error));
  }

  /** When the stream's first event came, by the monotonic clock. Throws what keeps it from coming, or that of `late`. */
  connected(withinMs: number, late: () => Error): Promise<number> {
    return withDeadline(this.#connected.promise, withinMs, late);
  }

  /** When the message came. Throws as {@link connected} does. */
  arrived(withinMs: number, late: () => Error): Promise<number> {
    return withDeadline(this.#arrived.promise, withinMs, late);
  }

  close(): void {
    this.#abort.abort();
    this.#fail(new Error("it was closed"));
  }

  async #follow({ url, isOurs, through }: Address, key: string): Promise<void> {
    const target = { url, key, to: [], since: null, through };
    const start = { cursor: null, elapsedMs: 0, wasStream: false };
    const ask: Fetch = (asked, init) =>
      fetch(asked, { ...init, ...(isOurs ? { tls: { rejectUnauthorized: false } } : {}) });
    const body = await connect(target, start, this.#abort.signal, ask);
    for await (const { events } of readPieces(body, SILENCE_MS)) {
      for (const { event, data } of events) {
        if (event === "connected") this.#connected.resolve(performance.now());
        if (event === "sms_received" && this.#isAwaited(data)) this.#arrived.resolve(performance.now());
      }
    }
    throw new Error("the stream ended early");
  }

  #isAwaited(data: string): boolean {
    return (JSON.parse(data) as { body?: unknown }).body === this.#text;
  }

  #fail(error: unknown): void {
    this.#connected.reject(error);
    this.#arrived.reject(error);
  }
}

/** What was waited for did not come in time. */
export class Late extends Error {}

export function late(): Error {
  return new Late();
}

/** In words; null for what is none of ours to explain. */
export function reasonOf(error: unknown): string | null {
  const isTold =
    error instanceof ApiError || error instanceof CommandError || error instanceof RetryableError;
  return isTold ? error.message : null;
}
