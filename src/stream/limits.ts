/** How many streams may be open, and how fast one key may open them. */
import { ApiError } from "../errors.ts";
import { TokenBucket } from "../platform/tokenbucket.ts";

/** One key may open as many streams a second as it may hold, and five times that at once: a fleet's restart. */
const BURST_FACTOR = 5;
/** What a page with one ticket may hold open: some tabs of it, and those that are about to end. */
export const MAX_STREAMS_PER_TICKET = 10;

export interface StreamLimits {
  readonly maxStreams: number;
  readonly maxStreamsPerKey: number;
}

/** How fast one key opens streams. */
export class OpeningBucket extends TokenBucket<number> {
  constructor({ maxStreamsPerKey }: StreamLimits, now: () => number) {
    super({ perSecond: maxStreamsPerKey, burst: maxStreamsPerKey * BURST_FACTOR, now });
  }
}

/** The fault `rate_limited`. The server being full is not the key's fault, but as much a reason to wait. */
export function tooMany(what: string, retryAfterSeconds: number): ApiError {
  return new ApiError("rate_limited", what, { retryAfterSeconds });
}
