/** Why Telnyx could not be asked, in words that stay the same while it does. */
import { CommandError } from "../errors.ts";

/**
 * `unreachable`: no answer, or one that says to come back. `key`: it is refused. `refused`: another 4xx, or a redirect.
 * `unreadable`: an answer that is not what was asked for. `capped`: more of it than is read. `stopped`: we were told to end.
 */
export type TelnyxFailureKind = "unreachable" | "key" | "refused" | "unreadable" | "capped" | "stopped";

export class TelnyxFailure extends CommandError {
  readonly kind: TelnyxFailureKind;
  /** Of the answer, where there was one. */
  readonly status: number | null;

  constructor(kind: TelnyxFailureKind, message: string, status: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

const MAX_SAID = 300;

/** Telnyx's own words in an error's body (`errors[].detail`, else `title`), bounded and on one line; else nothing. */
export function saidBy(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "";
  }
  const { errors } = (body ?? {}) as { errors?: unknown };
  const said = (Array.isArray(errors) ? errors : [])
    .slice(0, 3)
    .map((each: { detail?: unknown; title?: unknown } | null) => each?.detail ?? each?.title)
    .filter((each) => typeof each === "string")
    .join("; ")
    .replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ");
  return said === "" ? "" : `: ${said.slice(0, MAX_SAID).toWellFormed()}`;
}
