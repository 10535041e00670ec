/** A message as everyone outside sees it, and the rule that every string of one has passed. */

export interface Media {
  /** Empty where Telnyx names none: something was sent, and cannot be had. */
  readonly url: string;
  readonly content_type?: string;
  /** Bytes. */
  readonly size?: number;
  /** Of one that is kept here: Telnyx's address, while `url` is ours. */
  readonly source_url?: string;
  /** The same, in the history alone. */
  readonly status?: PictureStatus;
  /** Why it failed. */
  readonly reason?: string;
  /** In the store and in memory, never outside: a copy of it is kept, or is to be. `url` is Telnyx's there. */
  readonly kept?: true;
}

/** What became of a picture that is to be kept. */
export type PictureStatus = "pending" | "stored" | "failed";

/** The JSON of the stream, the history and the commands. The first five fields are always there. */
export interface Message {
  readonly message_id: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** ISO 8601, UTC, milliseconds: Telnyx's time, not ours. */
  readonly received_at: string;
  /** Of an MMS. */
  readonly subject?: string;
  readonly media?: readonly Media[];
  readonly cc?: readonly string[];
  /** `STOP`, `START`, `HELP`, …: Telnyx has already answered it. */
  readonly keyword?: string;
  readonly spam?: true;
  /** Its webhook never came: it was fetched from Telnyx later. */
  readonly recovered?: true;
}

/** A message as everyone outside is to see it: addresses of pictures are made when it is shown. */
export type Show = (message: Message) => Message;

export const asItIs: Show = (message) => message;

/** A message on its way in: what Telnyx calls it, besides what everyone sees. */
export interface InboundMessage {
  readonly telnyx_id: string;
  readonly message: Message;
  /** Of its media, one for each: SHA-256 in hexadecimal, where Telnyx names it. */
  readonly hashes?: readonly (string | null)[];
}

/** A message with its place in the order of commits. `account_id` is null while it is unrouted. */
export interface StoredMessage {
  readonly seq: number;
  readonly account_id: number | null;
  /** Milliseconds since 1970, by the database's clock. */
  readonly stored_at: number;
  readonly message: Message;
}

/**
 * The same text with each NUL and each lone surrogate replaced by U+FFFD. A lone surrogate that reaches the
 * database is invalid UTF-8 there, and reading it back aborts the process; a NUL cuts the text short.
 */
export function wellFormed(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\uFFFD") : whole;
}

/** A number as a log may show it: only its last four characters, and of a short one none. */
export function masked(number: string): string {
  return number.length > 6 ? `…${number.slice(-4)}` : "…";
}
