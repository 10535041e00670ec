/** Which messages are shown: all, those of one number or one sender, those that a search finds, or a single one. */
import { parsePhoneNumberFromString } from "libphonenumber-js/min";

export interface MessageQuery {
  /** One of our numbers, or null for all. */
  readonly to: string | null;
  /** One sender, or null for all. */
  readonly from: string | null;
  /** As it was typed; empty for all messages. */
  readonly q: string;
  /** The id of the only one, or null. */
  readonly message: string | null;
}

export const ALL: MessageQuery = { to: null, from: null, q: "", message: null };

/** Whether it is looked for in the history, and not followed live. */
export function isSearch({ q, message }: MessageQuery): boolean {
  return q !== "" || message !== null;
}

/** As the server is asked: the last word may go on. Its own `*` stands already where somebody typed one. */
export function prefixed(q: string): string {
  return q === "" || /[\s*]$/.test(q) ? q : `${q}*`;
}

/** What people write between the digits of a number. */
const NUMBER = /^\+?[\d\s().\-/\u2010-\u2013]{5,30}$/;
const SHORT_CODE = /^\d{5,6}$/;

/**
 * The sender that was typed as a number, or null where it is none. `ours` is one of our numbers: without a plus, its
 * country is meant, or else the digits of an international number.
 */
export function typedSender(q: string, ours: string | null): string | null {
  if (!NUMBER.test(q)) return null;
  const digits = q.replaceAll(/\D/g, "");
  if (SHORT_CODE.test(digits) && !q.startsWith("+")) return digits;
  const country = ours === null ? undefined : parsePhoneNumberFromString(ours)?.country;
  const readings = [parsePhoneNumberFromString(q, country), parsePhoneNumberFromString(`+${digits}`)];
  return readings.find((reading) => reading?.isPossible())?.number ?? null;
}
