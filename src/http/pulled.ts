/**
 * Large answers, sent at the pace of their socket. Bytes that are handed to the runtime all at once wait there until the
 * client has taken them, however long that takes: over HTTP/2 with a window of 0, 250 times on one connection. A stream
 * that is pulled hands over one part, and the next one when that is gone.
 */
import { ApiError } from "../errors.ts";
import { limitHits } from "../platform/limithits.ts";

/** How much of one answer the runtime holds. A smaller answer is handed over as it is. */
export const PART_BYTES = 16 * 1024;
/** For all answers that were made for one request each and are not taken yet: some fifty of the largest pages. */
const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;
/** An answer of which nothing is taken for so long is cut: its client is gone, or wants to occupy our memory. */
const MAX_STALL_MS = 30_000;

/** What waits in this process, in bytes. */
let untakenBytes = 0;
/** A counter that tells others whether clients take anything at all. */
let taken = 0;

/** How many parts of answers clients have taken, in all. */
export function takenParts(): number {
  return taken;
}

/**
 * The body of an answer that is kept for it alone, such as a page of JSON. `onEnd` is called exactly once: when the
 * last part was handed over, when the client has gone (before the first byte, too), or when it took nothing for 30 s.
 * Until then the request counts as in flight. Throws the fault `unavailable`, having called `onEnd`, when too much
 * waits for other clients.
 */
export function ownBody(
  bytes: Uint8Array<ArrayBuffer>,
  onEnd: () => void,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
  if (bytes.length <= PART_BYTES) {
    onEnd();
    return bytes;
  }
  if (untakenBytes + bytes.length > MAX_UNTAKEN_BYTES) {
    onEnd();
    limitHits.add("answers");
    throw new ApiError("unavailable", "Too many answers wait to be taken.", { retryAfterSeconds: 2 });
  }
  untakenBytes += bytes.length;
  return pulledBody(bytes, () => {
    untakenBytes -= bytes.length;
    onEnd();
  });
}

/** A body of bytes that many answers share: each costs what is on its way, one part. `onEnd` as of {@link ownBody}. */
export function pulledBody(
  bytes: Uint8Array,
  onEnd: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  let at = 0;
  /** The value of `at` when the timer last looked. */
  let seenAt = 0;
  let timer: Timer | null = null;
  const end = () => {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setInterval(() => {
          if (at !== seenAt) {
            seenAt = at;
            return;
          }
          end();
          controller.error(new Error("the answer was not taken"));
        }, MAX_STALL_MS);
      },
      pull(controller) {
        const part = bytes.subarray(at, at + PART_BYTES);
        at += part.length;
        taken++;
        controller.enqueue(part);
        if (at < bytes.length) return;
        end();
        controller.close();
      },
      cancel: end,
    },
    // The part that the runtime is sending is the only one there is.
    new ByteLengthQueuingStrategy({ highWaterMark: 1 }),
  );
}
