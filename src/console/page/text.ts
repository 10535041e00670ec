/** What of a message is put on the screen, and how: visible, bounded, and never as markup. */
import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** Characters of a body that are shown before somebody asks for the rest: some ten lines. */
const SHOWN_AT_FIRST = 700;
/** A few more than that are shown at once: asking would take more room than they do. */
const TOLERANCE = 200;

/** The beginning of a long body, or null when all of it may be shown. Never half of a character. */
export function beginning(body: string): string | null {
  if (body.length <= SHOWN_AT_FIRST + TOLERANCE) return null;
  return body.slice(0, SHOWN_AT_FIRST).replace(/[\uD800-\uDBFF]$/, "");
}

/**
 * Control characters as their pictures, so that nothing in a text is invisible; line breaks and tabs stay. The
 * bidirectional ones are legitimate in Hebrew and Arabic, and cannot reach beyond the element that isolates them.
 */
export function visible(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.charCodeAt(0);
    if (code === 0x7f) return "\u2421";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\uFFFD";
  });
}

/** On one line, for names and labels: also the characters that turn the direction of what follows. */
export function oneLine(text: string): string {
  return visible(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\p{Bidi_Control}/gu, "\uFFFD");
}

/** Numbers come again and again, and taking one apart costs as much as drawing its row. */
const MAX_KEPT = 2_000;
const kept = new Map<string, string>();

/** A number as people group it; a short code, a name or anything else as it is. */
export function readable(number: string): string {
  const known = kept.get(number);
  if (known !== undefined) return known;
  const parsed = number.startsWith("+") ? parsePhoneNumberFromString(number) : undefined;
  const made = parsed ? parsed.formatInternational() : oneLine(number);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(number, made);
  return made;
}

const KILO = 1_000;

/** Bytes as people read them, in powers of ten. */
export function readableSize(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "";
  if (bytes < KILO) return `${Math.round(bytes)} B`;
  if (bytes < KILO * KILO) return `${Math.round(bytes / KILO)} KB`;
  return `${(bytes / KILO / KILO).toFixed(1)} MB`;
}

/** The address, when it is one that a browser may be sent to: http and https alone. */
export function safeUrl(text: string): URL | null {
  const url = URL.parse(text);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url : null;
}
