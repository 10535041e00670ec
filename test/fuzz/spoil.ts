/** Makes of what is well known something that nobody has seen: the same seed, the same. */
import type { Random } from "../simulation/random.ts";

/** Where programs stumble: ends of ranges, other alphabets, what means something elsewhere. */
const NASTY = [
  "", " ", "\t", "\0", "\r\n", "\n\n", "\u2028", "\ufeff", "\ud800", "\udc00", "\u{1f600}", "é", "٣", "ﷺ", "İ",
  "-", "--", "=", "&", "?", "#", "%", "%00", "%ff", "%2e%2e", "+", "*", "\\", "/", "//", "../", "'", '"', "`", ";",
  "0", "-1", "-0", "1e9", "9".repeat(15), "9".repeat(16), "9".repeat(40), "0x10", "NaN", "Infinity", "1.5", "1_0",
  "null", "true", "{}", "[]", "[[[[", '{"a":', "__proto__", "constructor", "toString", "\\ud800", "\\u0000",
  "' OR 1=1--", "$(id)", "<script>", "data: x\n\nevent: y", "file:///etc/passwd", "http://[::1", "999d", "0s",
]; // biome-ignore format: a list

/** At most: the bounds of what comes in are tried, and not the patience of the run. */
const MAX_REPEATED = 3_000;

export function spoil(random: Random, text: string, others: readonly string[]): string {
  let spoiled = text;
  for (let i = random.between(0, 4); i > 0; i--) spoiled = once(random, spoiled, others);
  return spoiled;
}

function once(random: Random, text: string, others: readonly string[]): string {
  const at = random.between(0, text.length);
  const to = Math.min(text.length, at + random.between(0, 1 + text.length / 4));
  const [before, part, after] = [text.slice(0, at), text.slice(at, to), text.slice(to)];
  switch (random.between(0, 8)) {
    case 0:
      return before + after;
    case 1:
      return before + part + part + after;
    case 2:
      return before + random.pick(NASTY) + after;
    case 3:
      return before + random.pick(NASTY) + part + after;
    case 4:
      return before + String.fromCharCode(random.between(0, random.chance(0.7) ? 127 : 65_535)) + after;
    case 5:
      return before + part.repeat(random.between(0, Math.ceil(MAX_REPEATED / (part.length + 1)))) + after;
    case 6: {
      const other = random.pick(others);
      return before + other.slice(random.between(0, other.length)) + after;
    }
    case 7:
      return before + [...part].reverse().join("") + after;
    default:
      return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase();
  }
}
