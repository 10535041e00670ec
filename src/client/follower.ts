/**
 * Follows a stream over every end of it: for `inlet tail` and for the console's page alike. Messages are handled one at
 * a time, in order; the cursor passes a message only once it was handled, and the stream is not read meanwhile.
 */
import { askedMs, backoffMs, pause } from "./backoff.ts";
import { connect } from "./connect.ts";
import { readPieces, type StreamEvent } from "./events.ts";
import { Denied, RetryableError } from "./failures.ts";
import { accountOf, readCursor, readFields, readMessage } from "./received.ts";
import type { Ending, FollowerOptions } from "./watch.ts";

/** What the published page's stream and every EventSource wait, until the server says otherwise. */
const RETRY_MS = 2_000;
/** A connection that held so long was a good one: the next failure is the first. */
const GOOD_MS = 10_000;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #startedAt: number;
  #cursor: string | null;
  /** The cursor that was kept last: an equal one is not kept again. */
  #kept: string | null;
  /** As the latest `connected` named it. */
  #account: number | null = null;
  /** What the server last said in `retry:`, the base of the back-off. */
  #retryMs = RETRY_MS;
  /** In a row: what the back-off doubles by. */
  #failures = 0;
  /** What the last `closing` said; null when the stream is open or ended without one. */
  #closing: { readonly reason: string; readonly retryMs: number | null } | null = null;
  /** Whether this address has ever been a stream: then an odd answer passes. */
  #wasStream = false;
  /** When anything was heard last; what {@link wake} judges a connection by. */
  #heardAt: number;
  /** Ends the present connection, or the present wait. */
  #present = new AbortController();
  #isWaiting = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#startedAt = options.monotonic();
    this.#heardAt = this.#startedAt;
    this.#cursor = options.cursor;
    this.#kept = options.cursor;
  }

  /**
   * Until `stop`. Throws {@link Denied} for a key that opens nothing more, `CommandError` for anything else that coming back
   * does not change, and whatever handling a message throws; what was handled until then is kept.
   */
  async run(): Promise<void> {
    const { stop, watch, pause: wait = pause } = this.#options;
    const end = () => this.#present.abort();
    stop.addEventListener("abort", end);
    watch.phase("connecting");
    try {
      while (!stop.aborted) {
        const ending = await this.#followOne();
        if (stop.aborted) return;
        const waitMs = this.#waitAfter(ending);
        watch.phase("reconnecting");
        watch.waiting(ending, waitMs);
        this.#present = new AbortController();
        this.#isWaiting = true;
        await wait(waitMs, this.#present.signal);
        this.#isWaiting = false;
        if (!stop.aborted) watch.retrying();
      }
    } finally {
      stop.removeEventListener("abort", end);
      this.#keep();
    }
  }

  /** The network is back, or somebody looks: no wait is sat out, and no connection is trusted that has gone silent. */
  wake(): void {
    const { monotonic, silenceMs } = this.#options;
    if (this.#isWaiting || monotonic() - this.#heardAt > silenceMs) this.#present.abort();
  }

  /** One connection, from request to end. */
  async #followOne(): Promise<Ending> {
    const { target, stop, monotonic, fetch } = this.#options;
    this.#present = new AbortController();
    this.#closing = null;
    const openedAt = monotonic();
    this.#heardAt = openedAt;
    try {
      const elapsedMs = openedAt - this.#startedAt;
      const start = { cursor: this.#cursor, elapsedMs, wasStream: this.#wasStream };
      await this.#read(await connect(target, start, this.#present.signal, fetch));
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      // A connection that is reset behind its `closing` has ended as announced.
      if (!this.#closing && !stop.aborted) {
        this.#countFailure(monotonic() - openedAt);
        return { kind: "interrupted", error };
      }
    } finally {
      this.#present.abort();
    }
    if (!this.#closing) {
      this.#countFailure(monotonic() - openedAt);
      return { kind: "ended" };
    }
    const { reason } = this.#closing;
    if (reason === "revoked") throw new Denied(reason, "the key was revoked");
    if (reason === "expired") throw new Denied(reason, "the key has expired");
    this.#failures = 0;
    return { kind: "closed", reason };
  }

  /** Milliseconds: as the server asked, or longer with each failure. */
  #waitAfter(ending: Ending): number {
    const { random } = this.#options;
    const asked = ending.kind === "interrupted" ? ending.error.retryAfterMs : null;
    if (asked !== null) return Math.round(asked * (1 + 0.2 * random()));
    if (this.#closing && this.#closing.retryMs !== null) return this.#closing.retryMs;
    return backoffMs(Math.max(1, this.#failures), this.#retryMs, random);
  }

  #countFailure(heldMs: number): void {
    this.#failures = heldMs >= GOOD_MS ? 1 : this.#failures + 1;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const { silenceMs, stop, watch, monotonic } = this.#options;
    this.#wasStream = true;
    for await (const { events, retryMs, hasHeartbeat } of readPieces(body, silenceMs)) {
      this.#heardAt = monotonic();
      watch.sign();
      if (hasHeartbeat) watch.heartbeat();
      this.#retryMs = askedMs(retryMs) ?? this.#retryMs;
      for (const event of events) if (stop.aborted || !(await this.#take(event))) return;
      this.#keep();
    }
  }

  /** False when the event was a message that was not handled. */
  async #take({ id, event, data }: StreamEvent): Promise<boolean> {
    const { watch, handle, keepsEach } = this.#options;
    if (event === "sms_received" && !(await handle(readMessage(data)))) return false;
    if (event === "connected") this.#connected(id, readFields(data).clientId);
    else if (event === "caught_up") watch.phase("live");
    else if (event === "gap") this.#gap(String(readFields(data).reason));
    else if (event === "closing") {
      const { reason, retry_ms } = readFields(data);
      this.#closing = { reason: String(reason), retryMs: askedMs(retry_ms) };
    }
    // Only now: what comes behind this position has not been handled.
    if (id) this.#cursor = readCursor(id);
    // A fresh client's place is kept before its first message: without it the next start would be a fresh one, too.
    if (keepsEach || event !== "sms_received") this.#keep();
    return true;
  }

  #connected(id: string | undefined, clientId: unknown): void {
    const { watch, target } = this.#options;
    this.#account = accountOf(clientId);
    watch.connected();
    const resumes = this.#cursor !== null || target.since !== null;
    watch.phase(resumes && id ? "catching up" : "live");
    if (!id && this.#cursor === null)
      watch.note("this server sends no ids: what arrives between two connections is lost");
  }

  #gap(reason: string): void {
    const { watch } = this.#options;
    watch.gap(reason);
    // After any other gap the stream begins at its end.
    if (reason !== "expired") watch.phase("live");
  }

  #keep(): void {
    if (this.#cursor === null || this.#cursor === this.#kept) return;
    this.#options.keep({ cursor: this.#cursor, account: this.#account });
    this.#kept = this.#cursor;
  }
}
