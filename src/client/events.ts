/**
 * The events of one stream, as its bytes come. Nothing is read before what came earlier is dealt with, so a slow
 * reader fills its socket and not its memory, and an event has a largest size.
 */
import { createParser } from "eventsource-parser";
import { CommandError } from "../errors.ts";
import { RetryableError, retryableBy } from "./failures.ts";

export interface StreamEvent {
  /** Undefined where the event carries none. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** What one piece of the stream brought. Often nothing: a heartbeat, or the half of an event. */
export interface Piece {
  readonly events: readonly StreamEvent[];
  /** The last `retry:` of it, in ms. */
  readonly retryMs: number | null;
  /** Whether a comment was among it: the server's heartbeat. */
  readonly hasHeartbeat: boolean;
}

/** Characters. A webhook is at most 1 MiB, its JSON and ours write a control character alike, and the frame adds little. */
const MAX_EVENT = 4 * 1024 * 1024;

/**
 * Throws {@link RetryableError} when the connection breaks, or is silent for `silenceMs` (a server sends a heartbeat at
 * least every half a minute), and {@link CommandError} for an event that is too large.
 */
export async function* readPieces(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  largest = MAX_EVENT,
): AsyncGenerator<Piece, void, void> {
  let events: StreamEvent[] = [];
  let retryMs: number | null = null;
  let isTooLarge = false;
  let hasHeartbeat = false;
  const parser = createParser({
    maxBufferSize: largest,
    onEvent: ({ id, event = "message", data }) => events.push({ id, event, data }),
    onRetry: (ms) => {
      retryMs = ms;
    },
    onComment: () => {
      hasHeartbeat = true;
    },
    onError: ({ type }) => {
      // Lines that are no field are skipped, as the standard says.
      if (type === "max-buffer-size-exceeded") isTooLarge = true;
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield { events, retryMs, hasHeartbeat };
      if (isTooLarge)
        throw new CommandError(
          `the server sent an event of more than ${largest} characters: that is no message`,
        );
      events = [];
      retryMs = null;
      hasHeartbeat = false;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function inTime<T>(reading: Promise<T>, silenceMs: number): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new RetryableError("silent", `nothing was heard for ${Math.round(silenceMs / 1000)} s`)),
    silenceMs,
  );
  try {
    return await Promise.race([reading, silence]);
  } catch (error) {
    throw error instanceof RetryableError ? error : retryableBy("broken", "the connection broke", error);
  } finally {
    clearTimeout(timer);
  }
}
