/** Why a picture could not be had. */

/** A closed set: they stand in the history. */
export const REASONS = [
  "bad_url",
  "host_not_allowed",
  "private_address",
  "too_many_redirects",
  "too_large",
  "wrong_type",
  "checksum",
  "gone",
  "unauthorized",
  "timeout",
  "failed",
] as const;
export type Reason = (typeof REASONS)[number];

interface Details {
  /** Whether it may be there another time. */
  readonly isPassing?: boolean;
  /** Who was asked last: all that a log may have of a link. */
  readonly host?: string;
  readonly cause?: unknown;
}

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: Reason;
  readonly isPassing: boolean;
  readonly host: string | undefined;

  constructor(reason: Reason, what: string, { isPassing = false, host, cause }: Details = {}) {
    super(what, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.isPassing = isPassing;
    this.host = host;
  }
}
