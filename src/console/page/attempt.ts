/** One connection to the stream, from the request to its end: bytes become events, and silence becomes an end. */
import { createParser } from "eventsource-parser";
import { retryAfterMs } from "./backoff.ts";
import { fields, parsed } from "./message.ts";

export interface Heard {
  /** Anything at all came, if only a heartbeat. */
  readonly onBytes: () => void;
  readonly onHeartbeat: () => void;
  readonly onRetry: (ms: number) => void;
  readonly onEvent: (event: string, id: string | null, data: unknown) => void;
}

export type Ending =
  | { readonly kind: "closed"; readonly reason: string; readonly retryMs: unknown }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly message: string;
      readonly retryMs: number | null;
    }
  | { readonly kind: "cut"; readonly why: string };

export interface AttemptOptions {
  readonly url: string;
  readonly key: string;
  readonly after: string | null;
  /** Without a byte for this long the connection counts as dead. */
  readonly silenceMs: number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** A server may make a client wait in line for ten seconds. */
const OPENING_MS = 15_000;
/** A message has a million characters at most, and some become six in JSON. */
const MOST_BUFFERED = 8_000_000;

/** Resolves with how it ended, and never throws. `abort` ends it from outside. */
export async function attempt(
  options: AttemptOptions,
  heard: Heard,
  abort: AbortController,
): Promise<Ending> {
  let why = "The connection was lost.";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const giveUpAfter = (ms: number, sentence: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      why = sentence;
      abort.abort();
    }, ms);
  };
  try {
    giveUpAfter(OPENING_MS, "The server does not answer.");
    const headers: Record<string, string> = {
      accept: "text/event-stream",
      authorization: `Bearer ${options.key}`,
    };
    if (options.after !== null) headers["last-event-id"] = options.after;
    const request = { headers, signal: abort.signal, cache: "no-store", credentials: "omit" } as const;
    const response = await options.fetch(options.url, request);
    if (!isStream(response)) return await refusal(response);
    const quiet = () => giveUpAfter(options.silenceMs, "Nothing was heard for too long.");
    quiet();
    const closing = await follow(response, heard, quiet);
    if (closing) return closing;
  } catch {
    // Said by `why`: the browser's own words for a failed connection say less.
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
  return { kind: "cut", why };
}

function isStream({ status, headers }: Response): boolean {
  return status === 200 && (headers.get("content-type") ?? "").startsWith("text/event-stream");
}

async function refusal(response: Response): Promise<Ending> {
  const { error } = fields(parsed(await response.text()));
  const { message } = fields(error);
  return {
    kind: "refused",
    status: response.status,
    message: typeof message === "string" ? message : `The server answered ${response.status}.`,
    retryMs: retryAfterMs(response.headers.get("retry-after")),
  };
}

/** Resolves when the stream ends: with what `closing` said, or with null when it did not say goodbye. */
async function follow(response: Response, heard: Heard, onBytes: () => void): Promise<Ending | null> {
  let closing: Ending | null = null;
  const parser = createParser({
    maxBufferSize: MOST_BUFFERED,
    onRetry: heard.onRetry,
    onComment: heard.onHeartbeat,
    onEvent: ({ event = "message", id = null, data: text }) => {
      const data = parsed(text);
      const { reason, retry_ms: retryMs } = fields(data);
      if (event === "closing") closing = { kind: "closed", reason: String(reason), retryMs };
      else heard.onEvent(event, id, data);
    },
  });
  // Not `for await`: Safari's streams cannot be iterated.
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onBytes();
    heard.onBytes();
    parser.feed(decoder.decode(read.value, { stream: true }));
    if (closing) return closing;
  }
  return closing;
}
