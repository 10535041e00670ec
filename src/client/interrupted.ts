/** What a client gets over by coming back: a server that cannot be reached or does not want it now. */
import { causeCode } from "../errors.ts";

export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** What the server asked the client to wait, in ms. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** A failure of the network, with its code (`ECONNREFUSED`), which says more than the runtime's sentence. */
export function interruptedBy(what: string, cause: unknown): Interrupted {
  const why = causeCode(cause) ?? (cause instanceof Error ? cause.message.split("\n")[0] : String(cause));
  return new Interrupted(`${what} (${why})`, null, cause);
}
