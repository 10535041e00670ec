/**
 * Telnyx's API, asked so that the answer can be believed. The SDK gives paths, parameters and their types; waiting,
 * trying again and judging what came back are our own, because its retries sleep as long as a server says and hear no
 * signal meanwhile, and it takes any answer for a list, an empty one if need be.
 */
import type { Telnyx } from "telnyx";
import { pause, retryAfterMs } from "../client/backoff.ts";
import { clockOf, parsedObject, type TelnyxClock } from "./answer.ts";
import { saidBy, TelnyxFailure } from "./failure.ts";
import { type Answer, exchange } from "./transport.ts";

export interface TelnyxAccess {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** ` through the proxy …`, or nothing. */
  readonly through: string;
}

export interface TelnyxClientOptions {
  /** Ends what is under way, waits included. */
  readonly signal: AbortSignal;
  /** Told of each try that is followed by another, and how long the wait is, in ms. */
  readonly onRetry?: (failure: TelnyxFailure, waitMs: number) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waiters so many ms, or until the signal is given. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For each request, its body included: ten seconds by default. */
  readonly deadlineMs?: number;
  /** Six by default. */
  readonly maxTries?: number;
}

/** A request of the SDK's, not yet read. */
export type Call = (telnyx: Telnyx) => { asResponse(): Promise<Response> };

export type Answered = { readonly json: unknown };

const DEADLINE_MS = 10_000;
const MAX_TRIES = 6;
/** What is no JSON may be a proxy's page of a bad moment; it will hardly turn into JSON. */
const MAX_UNREADABLE = 2;
const FIRST_WAIT_MS = 1_000;
/** However long Telnyx asks for: it is asked again, and may say so again. */
const MAX_WAIT_MS = 60_000;
/** A tenth of a second to read, at most. */
const MAX_LENGTH = 16 * 1024 * 1024;
/** The SDK's own must not come before ours. */
const NEVER_MS = 600_000;

type Verdict =
  | { readonly answered: Answered }
  | { readonly failure: TelnyxFailure; readonly waitMs: number | null };

export class TelnyxClient {
  readonly #access: TelnyxAccess;
  readonly #options: TelnyxClientOptions;
  #sdk: Promise<Telnyx> | null = null;
  /** What came back instead of the response that the SDK was given. */
  readonly #answers = new WeakMap<Response, Answer>();
  #waitedMs = 0;
  #clock: TelnyxClock | null = null;

  constructor(access: TelnyxAccess, options: TelnyxClientOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Throws {@link TelnyxFailure} once it was told to stop: for what goes on between two requests. */
  throwIfStopped(): void {
    if (this.#options.signal.aborted) throw stopped();
  }

  /** How long it waited between tries so far, in ms. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Telnyx's clock as its last answer of any kind told it; null where none did. */
  get clock(): TelnyxClock | null {
    return this.#clock;
  }

  /**
   * The JSON that Telnyx answers with a 2xx. `what` is a noun for sentences, such as "webhook deliveries". Throws
   * {@link TelnyxFailure}: a refused key and other 4xx at once, anything else after six tries; `capped` for an answer of
   * more than `maxLength` characters, which would take too long to be read in one turn.
   */
  async ask(what: string, call: Call, maxLength = MAX_LENGTH): Promise<Answered> {
    const { signal, onRetry, maxTries = MAX_TRIES } = this.#options;
    for (let attempt = 1, unreadable = 0; ; attempt++) {
      const sentAt = this.#now();
      const answer = await this.#send(call);
      if ("headers" in answer) this.#clock = clockOf(answer.headers, sentAt, this.#now()) ?? this.#clock;
      if (signal.aborted) throw stopped();
      if ("text" in answer && answer.text.length > maxLength)
        throw new TelnyxFailure("capped", `what Telnyx answered for ${what} is too large`, answer.status);
      const verdict = this.#judge(what, answer, attempt);
      if ("answered" in verdict) return verdict.answered;
      const { failure, waitMs } = verdict;
      if (failure.kind === "unreadable") unreadable++;
      if (waitMs === null || attempt >= maxTries || unreadable === MAX_UNREADABLE) throw failure;
      onRetry?.(failure, waitMs);
      const since = performance.now();
      await (this.#options.wait ?? pause)(waitMs, signal);
      this.#waitedMs += Math.round(performance.now() - since);
      if (signal.aborted) throw stopped();
    }
  }

  async #send(call: Call): Promise<Answer> {
    this.#sdk ??= this.#load();
    const sdk = await this.#sdk;
    let response: Response;
    try {
      // What it takes for no path or parameter it throws at once.
      response = await call(sdk).asResponse();
    } catch (cause) {
      throw new TelnyxFailure(
        "refused",
        `it cannot be asked for: ${cause instanceof Error ? cause.name : "error"}`,
      );
    }
    return this.#answers.get(response) ?? { failure: "no answer" };
  }

  /** It takes 34 ms and 5 MB, which only the process that asks pays. */
  async #load(): Promise<Telnyx> {
    const { Telnyx: Sdk } = await import("telnyx");
    const { apiKey, baseUrl } = this.#access;
    const { signal, deadlineMs = DEADLINE_MS } = this.#options;
    const transport = { apiKey, baseUrl, signal, deadlineMs };
    return new Sdk({
      apiKey,
      baseURL: baseUrl,
      // Each of these would be read from the environment otherwise, and could replace the key or print bodies.
      publicKey: null,
      clientID: null,
      clientSecret: null,
      logLevel: "off",
      maxRetries: 0,
      timeout: NEVER_MS,
      fetch: async (url, init) => {
        const response = new Response("{}", { headers: { "content-type": "application/json" } });
        this.#answers.set(response, await exchange(transport, String(url), init ?? {}));
        return response;
      },
    });
  }

  #judge(what: string, answer: Answer, attempt: number): Verdict {
    const growing = FIRST_WAIT_MS * 2 ** (attempt - 1);
    const server = `Telnyx${this.#access.through}`;
    if ("failure" in answer) {
      const reason = `${server} could not be asked for ${what}: ${answer.failure}`;
      return { failure: new TelnyxFailure("unreachable", reason), waitMs: growing };
    }
    const { status, headers, text } = answer;
    const fail = (kind: TelnyxFailure["kind"], text: string, waitMs: number | null): Verdict => {
      const failure = new TelnyxFailure(kind, text.replaceAll(this.#access.apiKey, "…"), status);
      return { failure, waitMs };
    };
    if (status >= 200 && status < 300) {
      const json = parsedObject(text);
      if (json === null)
        return fail("unreadable", `what ${server} answered for ${what} is no JSON object`, growing);
      return { answered: { json } };
    }
    const said = saidBy(text);
    if (status === 429)
      return fail(
        "unreachable",
        `${server} wants fewer requests for ${what} (429)`,
        this.#asked(headers, growing),
      );
    if (status === 408 || status >= 500)
      return fail("unreachable", `${server} answered ${status} for ${what}${said}`, growing);
    if (status === 401 || status === 403)
      return fail("key", `${server} refuses the key in TELNYX_API_KEY for ${what} (${status})${said}`, null);
    const elsewhere = status < 400 ? ": a redirect, which is not followed; is TELNYX_BASE_URL right?" : said;
    return fail("refused", `${server} answered ${status} for ${what}${elsewhere}`, null);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  /** `Retry-After`, which is not documented there, or else `x-ratelimit-reset`: seconds until it may be asked again. */
  #asked(headers: Headers, otherwise: number): number {
    const asked =
      retryAfterMs(headers.get("retry-after"), this.#now()) ??
      retryAfterMs(headers.get("x-ratelimit-reset"), this.#now());
    return Math.min(MAX_WAIT_MS, asked ?? otherwise);
  }
}

function stopped(): TelnyxFailure {
  return new TelnyxFailure("stopped", "it was stopped");
}
