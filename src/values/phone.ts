/** What counts as a number, however people write it: the one reader of commands, queries, bodies and webhooks. */
import { type PhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js";

export const NUMBER_FORM = "E.164 such as +14155551234, or a short code of 5 or 6 digits";

/** `hint` goes on behind "is not E.164 …": it names what is in the way, or what may be meant. */
export type NumberReading = { readonly number: string } | { readonly number: null; readonly hint: string };

const SHORT_CODE = /^[0-9]{5,6}$/;
const DIGITS = /^\+?[0-9]+$/;
/** E.164 allows 15 digits; each may have a separator or two. What is longer is read no further. */
const MAX_TEXT = 100;
/** Readings that are kept: the same numbers come again and again, and one takes 10 µs. */
const MAX_KEPT = 10_000;

/** The oldest comes first. */
const kept = new Map<string, NumberReading>();

/**
 * The number in the one form in which it is stored: E.164 as libphonenumber parses it (a trunk prefix such as the
 * (0) of `+44 (0)20 …` falls away), judged by *possible* and not *valid*, because whether a range is in use changes
 * faster than anybody's metadata; or a short code. A form is read as itself.
 */
export function readNumber(text: string): NumberReading {
  if (text.length > MAX_TEXT) return refuse();
  const known = kept.get(text);
  if (known) return known;
  const reading = read(text);
  const oldest = kept.size >= MAX_KEPT ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(text, reading);
  return reading;
}

/** Null when it is none. */
export function parseNumber(text: string): string | null {
  return readNumber(text).number;
}

/** As in a query, where `+` may have arrived as a space. */
export function parseQueryNumber(text: string): string | null {
  return parseNumber(text.replace(/^((?:tel:|[([])?) /i, "$1+")) ?? parseNumber(text);
}

/**
 * A sender in the form in which senders are compared: a number's own, the bare digits of what looks like a number and
 * cannot be one (senders are forged, and short codes of four digits exist), or the name as it is.
 */
export function senderForm(text: string): string {
  const number = parseNumber(text);
  if (number !== null || text.length > MAX_TEXT) return number ?? text.trim();
  const bare = withoutSeparators(inAscii(text));
  return DIGITS.test(bare) ? bare : text.trim();
}

/** As in a query, where `+` may have arrived as a space. */
export function querySenderForm(text: string): string {
  return parseQueryNumber(text) ?? senderForm(text.replace(/^ (?=[0-9])/, "+"));
}

function read(text: string): NumberReading {
  const plain = inAscii(text);
  const bare = withoutSeparators(plain);
  if (SHORT_CODE.test(bare)) return { number: bare };
  if (!DIGITS.test(bare)) return refuse(whatIsInTheWay(bare));
  if (!bare.startsWith("+"))
    return refuse(asked(meanings(bare)) || (bare.startsWith("0") ? ": its country's code is missing" : ""));
  const parsed = parsePhoneNumberFromString(bare);
  const shorter = withoutZero(bare);
  // What is read otherwise the second time has a digit too many, and it is not for us to say which.
  if (!parsed?.isPossible() || e164(parsed.number) !== parsed.number)
    return refuse(asked([shorter?.number ?? null, e164(bare.replace(/^\+00/, "+"))]));
  // Somewhere a zero is a part of the number (Italy), elsewhere it is not: a number that is in use decides.
  if (parsed.number === bare && shorter) {
    const isMistaken = !parsed.isValid() && shorter.isValid();
    const isBracketed = /[([]\s*0\s*[)\]]/.test(plain);
    const isDoubtful = isBracketed && parsed.isValid() === shorter.isValid();
    if (isMistaken || isDoubtful) return refuse(asked([shorter.number, isMistaken ? null : bare]));
  }
  return { number: parsed.number };
}

/** The same without a zero right behind the country's code; null where there is none, or nothing possible is left. */
function withoutZero(bare: string): PhoneNumber | null {
  for (const at of [2, 3, 4]) {
    if (bare[at] !== "0") continue;
    const parsed = parsePhoneNumberFromString(bare.slice(0, at) + bare.slice(at + 1));
    if (parsed?.isPossible() && parsed.countryCallingCode.length === at - 1) return parsed;
  }
  return null;
}

/** Copied numbers bring marks of direction, and digits of other widths and scripts. Each pass is linear in the text. */
function inAscii(text: string): string {
  return text
    .replace(/\p{Cf}/gu, "")
    .normalize("NFKC")
    .replace(/\p{Nd}/gu, asciiDigit)
    .trim()
    .replace(/^tel:/i, ""); // RFC 3966
}

function withoutSeparators(plain: string): string {
  return plain.replace(/[\s()[\]./\p{Pd}\u2212]/gu, "");
}

/** Of something with a plus: the number as it is parsed, or null when that is not possible. */
function e164(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text);
  return parsed?.isPossible() ? parsed.number : null;
}

/** What bare digits may stand for: an international prefix, a forgotten plus, ten digits of North America. */
function meanings(digits: string): (string | null)[] {
  if (digits.startsWith("00")) return [e164(`+${digits.slice(2)}`)];
  if (digits.startsWith("011")) return [e164(`+${digits.slice(3)}`)];
  const american = /^[2-9][0-9]{2}[2-9][0-9]{6}$/.test(digits) ? e164(`+1${digits}`) : null;
  return [american, digits.startsWith("0") ? null : e164(`+${digits}`)];
}

function asked(meant: readonly (string | null)[]): string {
  const numbers = [...new Set(meant.filter((number) => number !== null))];
  return numbers.length > 0 ? `: did you mean ${numbers.join(" or ")}?` : "";
}

function whatIsInTheWay(bare: string): string {
  if (/^\+?[0-9]+(x|ext|#|;ext=|,)/i.test(bare)) return ": texts go to a number without its extension";
  if (bare.includes(";")) return ": a tel: URI with parameters is more than a number";
  return /\p{L}/u.test(bare) && /[0-9]/.test(bare) ? ": write the digits that its letters stand for" : "";
}

function refuse(hint = ""): NumberReading {
  return { number: null, hint };
}

/** Unicode has the ten digits of each script side by side, zero first. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(code - zero);
}
