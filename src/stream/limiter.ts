/** Who holds how many streams, open or about to open, and whether there is room for one more. */
import type { ApiError } from "../errors.ts";
import { limitHits } from "../platform/limithits.ts";
import { MAX_STREAMS_PER_TICKET, OpeningBucket, type StreamLimits, tooMany } from "./limits.ts";

export class StreamLimiter {
  readonly #limits: StreamLimits;
  readonly #rate: OpeningBucket;
  readonly #byKey = new Map<number, number>();
  readonly #byTicket = new Map<number, number>();
  /** Of all keys together, opening streams included. */
  #taken = 0;

  constructor(limits: StreamLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#rate = new OpeningBucket(limits, monotonic);
  }

  /** Takes a place, or says why there is none. Whoever took one gives it back with {@link leave}. */
  enter(keyId: number, ticketId: number | null): ApiError | null {
    const { maxStreams, maxStreamsPerKey } = this.#limits;
    if (this.#taken >= maxStreams)
      return refused("streams", "The server holds as many streams as it may.", 10);
    if ((this.#byKey.get(keyId) ?? 0) >= maxStreamsPerKey)
      return refused(
        "streams_per_key",
        `This API key has ${maxStreamsPerKey} streams open, as many as it may.`,
        10,
      );
    if (ticketId !== null && (this.#byTicket.get(ticketId) ?? 0) >= MAX_STREAMS_PER_TICKET)
      return refused(
        "streams_per_ticket",
        `This ticket has ${MAX_STREAMS_PER_TICKET} streams open, as many as it may.`,
        10,
      );
    if (!this.#rate.take(keyId)) return refused("stream_openings", "This API key opens streams too fast.", 1);
    this.#taken++;
    change(this.#byKey, keyId, 1);
    if (ticketId !== null) change(this.#byTicket, ticketId, 1);
    return null;
  }

  leave(keyId: number, ticketId: number | null): void {
    this.#taken--;
    change(this.#byKey, keyId, -1);
    if (ticketId !== null) change(this.#byTicket, ticketId, -1);
  }
}

function refused(
  limit: Parameters<typeof limitHits.add>[0],
  what: string,
  retryAfterSeconds: number,
): ApiError {
  limitHits.add(limit);
  return tooMany(what, retryAfterSeconds);
}

function change(counts: Map<number, number>, id: number, by: number): void {
  const count = (counts.get(id) ?? 0) + by;
  if (count > 0) counts.set(id, count);
  else counts.delete(id);
}
