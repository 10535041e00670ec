/** How a connection to a stream ends badly: what passes when the client comes back, and what does not. */
import { CommandError, errorCode } from "../errors.ts";

/** What went wrong: no connection, no answer or no byte in time, a connection that broke, or an answer that refuses. */
export type Trouble = "unreachable" | "silent" | "broken" | "refused";

/** What a client gets over by coming back: a server that cannot be reached or does not want it now. */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly trouble: Trouble;
  /** What the server asked the client to wait, in ms. */
  readonly retryAfterMs: number | null;
  /** The server's own sentence, where it sent one. */
  readonly said: string | null;

  constructor(
    trouble: Trouble,
    message: string,
    { retryAfterMs = null, said = null, cause }: RetryableDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.trouble = trouble;
    this.retryAfterMs = retryAfterMs;
    this.said = said;
  }
}

interface RetryableDetails {
  readonly retryAfterMs?: number | null;
  readonly said?: string | null;
  readonly cause?: unknown;
}

/** A failure of the network, with its code (`ECONNREFUSED`), which says more than the runtime's sentence. */
export function retryableBy(trouble: Trouble, what: string, cause: unknown): RetryableError {
  const why = errorCode(cause) ?? (cause instanceof Error ? cause.message.split("\n")[0] : String(cause));
  return new RetryableError(trouble, `${what} (${why})`, { cause });
}

export type DenialReason = "revoked" | "expired" | "unauthorized" | "forbidden";

/** The key opens the stream no longer, or never did: coming back would change nothing. */
export class Denied extends CommandError {
  readonly reason: DenialReason;
  /** The server's own sentence, where it sent one. */
  readonly said: string | null;

  constructor(reason: DenialReason, message: string, said: string | null = null) {
    super(message);
    this.reason = reason;
    this.said = said;
  }
}
