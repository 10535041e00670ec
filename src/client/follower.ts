/**
 * Follows a stream over every end of it. Messages are handled one at a time, in order; the cursor passes a message
 * only once it was handled, and the stream is not read meanwhile.
 */
import { Refusal } from "../errors.ts";
import type { Message } from "../message.ts";
import { askedMs, backoffMs, pause } from "./backoff.ts";
import { connect, type Fetch, type Target } from "./connect.ts";
import { readPieces, type StreamEvent } from "./events.ts";
import { Interrupted } from "./interrupted.ts";
import { accountOf, readCursor, readFields, readMessage } from "./received.ts";
import { closingReason, gapSentence } from "./sentences.ts";

export type Phase = "connecting" | "catching up" | "live" | "reconnecting";

/** Who wants to know how it goes. */
export interface Watch {
  phase(phase: Phase): void;
  /** Bytes came. */
  sign(): void;
  /** Something that people should know. What a server said may be in it. */
  note(text: string): void;
}

/** How far everything was handled, and for whom. */
export interface Reached {
  readonly cursor: string;
  readonly account: number | null;
}

export interface FollowerOptions {
  readonly target: Target;
  readonly cursor: string | null;
  readonly silenceMs: number;
  /** Resolves to true once the message was handled; to false when it was not, because the end was asked for. */
  readonly handle: (message: Message) => Promise<boolean>;
  readonly keep: (reached: Reached) => void;
  /** Whether the cursor is kept after each message, and not only after each piece of the stream. */
  readonly keepsEach: boolean;
  readonly watch: Watch;
  readonly stop: AbortSignal;
  readonly fetch: Fetch;
  readonly random: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly steady: () => number;
  readonly pause?: (ms: number, stop: AbortSignal) => Promise<void>;
}

/** What the published page's stream and every EventSource wait, until the server says otherwise. */
const RETRY_MS = 2_000;
/** A connection that held so long was a good one: the next failure is the first. */
const GOOD_MS = 10_000;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #startedAt: number;
  #cursor: string | null;
  #kept: string | null;
  #account: number | null = null;
  #retryMs = RETRY_MS;
  #failures = 0;
  /** The trouble that was told last, so that it is told once. */
  #trouble: string | null = null;
  /** What the last `closing` said; null when the stream is open or ended without one. */
  #closing: { readonly reason: string; readonly retryMs: number | null } | null = null;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#startedAt = options.steady();
    this.#cursor = options.cursor;
    this.#kept = options.cursor;
  }

  /**
   * Until `stop`. Throws `Refusal` when coming back is of no use, and whatever handling a message throws; what was
   * handled until then is kept.
   */
  async run(): Promise<void> {
    const { stop, watch, pause: wait = pause } = this.#options;
    watch.phase("connecting");
    try {
      while (!stop.aborted) {
        const waitMs = await this.#followOne();
        if (stop.aborted) return;
        watch.phase("reconnecting");
        await wait(waitMs, stop);
      }
    } finally {
      this.#keep();
    }
  }

  /** One connection, from request to end. Resolves to how long to wait before the next, in ms. */
  async #followOne(): Promise<number> {
    const { target, stop, steady, fetch, random } = this.#options;
    const abort = new AbortController();
    const end = () => abort.abort();
    stop.addEventListener("abort", end, { once: true });
    const ended = this.#closing;
    this.#closing = null;
    const openedAt = steady();
    try {
      const start = { cursor: this.#cursor, elapsedMs: openedAt - this.#startedAt };
      const body = await connect(target, start, abort.signal, fetch);
      await this.#read(body);
    } catch (error) {
      if (stop.aborted && error instanceof Interrupted) return 0;
      if (error instanceof Refusal && ended) throw afterClosing(error, ended.reason);
      if (!(error instanceof Interrupted)) throw error;
      return this.#waitAfter(error, steady() - openedAt);
    } finally {
      stop.removeEventListener("abort", end);
      abort.abort();
    }
    const asked = this.#asked();
    if (asked !== null) return asked;
    this.#countFailure(steady() - openedAt);
    return backoffMs(this.#failures, this.#retryMs, random);
  }

  #waitAfter({ message, retryAfterMs }: Interrupted, heldMs: number): number {
    const { watch, random } = this.#options;
    if (message !== this.#trouble) watch.note(`${message}; trying again`);
    this.#trouble = message;
    this.#countFailure(heldMs);
    const waitMs = backoffMs(this.#failures, this.#retryMs, random);
    return retryAfterMs === null ? waitMs : Math.round(retryAfterMs * (1 + 0.2 * random()));
  }

  #countFailure(heldMs: number): void {
    this.#failures = heldMs >= GOOD_MS ? 1 : this.#failures + 1;
  }

  /** A stream that ended as it should has no failure to count. */
  #asked(): number | null {
    if (this.#closing) this.#failures = 0;
    return this.#closing?.retryMs ?? null;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const { silenceMs, stop, watch } = this.#options;
    for await (const { events, retryMs } of readPieces(body, silenceMs)) {
      watch.sign();
      this.#retryMs = askedMs(retryMs) ?? this.#retryMs;
      for (const event of events) {
        if (stop.aborted || !(await this.#take(event))) return;
      }
      this.#keep();
    }
  }

  /** False when the event was a message that was not handled. */
  async #take({ id, event, data }: StreamEvent): Promise<boolean> {
    const { watch, handle, keepsEach } = this.#options;
    if (event === "sms_received" && !(await handle(readMessage(data)))) return false;
    if (event === "connected") this.#connected(id, readFields(data).clientId);
    else if (event === "caught_up") watch.phase("live");
    else if (event === "gap") this.#gap(readFields(data).reason);
    else if (event === "closing") {
      const { reason, retry_ms } = readFields(data);
      this.#closing = { reason: String(reason), retryMs: askedMs(retry_ms) };
    }
    if (id) this.#cursor = readCursor(id);
    // A fresh client's place is kept before its first message: without it the next start would be a fresh one, too.
    if (keepsEach || event !== "sms_received") this.#keep();
    return true;
  }

  #connected(id: string | undefined, clientId: unknown): void {
    const { watch, target } = this.#options;
    this.#account = accountOf(clientId);
    if (this.#trouble !== null) watch.note("connected again");
    this.#trouble = null;
    const resumes = this.#cursor !== null || target.since !== null;
    watch.phase(resumes && id ? "catching up" : "live");
    if (!id && this.#cursor === null)
      watch.note("this server sends no ids: what arrives between two connections is lost");
  }

  #gap(reason: unknown): void {
    const { watch } = this.#options;
    watch.note(gapSentence(reason));
    // After any other gap the stream begins at its end.
    if (reason !== "expired") watch.phase("live");
  }

  #keep(): void {
    if (this.#cursor === null || this.#cursor === this.#kept) return;
    this.#options.keep({ cursor: this.#cursor, account: this.#account });
    this.#kept = this.#cursor;
  }
}

function afterClosing(refusal: Refusal, reason: string): Refusal {
  const why = closingReason(reason);
  return why === null ? refusal : new Refusal(`${why}: ${refusal.message}`, { cause: refusal });
}
