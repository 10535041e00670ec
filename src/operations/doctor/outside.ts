/** The same stream as others reach it, by PUBLIC_URL: whether what lies between hands on at once what comes. */
import type { DoctorDeps } from "./deps.ts";
import { type Found, ok, skipped, warning } from "./finding.ts";
import { Late, Listener, late, reasonOf } from "./listener.ts";

/** What is on its way takes no longer, unless somebody holds it back. */
const HELD_BACK_MS = 2_000;
const PUBLIC_MS = 5_000;
const UNBUFFER =
  "let the proxy hand on what comes at once: proxy_buffering off in nginx (or obey X-Accel-Buffering), no compression and no caching of text/event-stream";

export class Outside {
  readonly #url: string;
  readonly #listener: Listener;
  readonly #openedAt = performance.now();

  private constructor(url: string, listener: Listener) {
    this.#url = url;
    this.#listener = listener;
  }

  /** Null without a PUBLIC_URL. `text` is the body of the message that will be sent. */
  static of({ config, throughProxy }: DoctorDeps, key: string, text: string): Outside | null {
    const { publicUrl: url } = config;
    if (url === null) return null;
    const address = { url, isOurs: false, through: throughProxy(url) };
    return new Outside(url, new Listener(address, key, text));
  }

  /** Resolves when it is open, or will hardly be any more. */
  async opened(): Promise<void> {
    await this.#connected().catch(() => undefined);
  }

  /** After the message was sent, or was not. */
  async judge(wasSent: boolean): Promise<Found> {
    const url = this.#url;
    let first: number;
    try {
      first = Math.round((await this.#connected()) - this.#openedAt);
    } catch (error) {
      if (error instanceof Late)
        return warning(`no byte of a stream came through ${url} within ${PUBLIC_MS / 1000} s`, UNBUFFER);
      return warning(
        `no stream could be opened through PUBLIC_URL: ${reasonOf(error) ?? "it broke"}`,
        "see where PUBLIC_URL leads from this machine: its name, its certificate, and what its proxy hands on. Where only others can reach it, try from there: curl -N",
      );
    }
    const details = { first_byte_ms: first };
    if (first > HELD_BACK_MS)
      return warning(`the first byte of a stream through ${url} came after ${first} ms`, UNBUFFER, details);
    if (wasSent) {
      try {
        await this.#listener.arrived(HELD_BACK_MS, late);
      } catch {
        return warning(`a stream through ${url} begins, and its messages do not come`, UNBUFFER, details);
      }
    }
    return ok(`a stream through ${url} begins after ${first} ms, and nothing is held back`, details);
  }

  #connected(): Promise<number> {
    const left = PUBLIC_MS - (performance.now() - this.#openedAt);
    return this.#listener.connected(Math.max(0, left), late);
  }

  close(): void {
    this.#listener.close();
  }
}

export function unmade({ config }: DoctorDeps): Found {
  return skipped(config.publicUrl === null ? "PUBLIC_URL is not set" : "it needs the stream of end_to_end");
}
