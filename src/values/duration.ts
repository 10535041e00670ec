/** `<n>s|m|h|d`, the one form of a duration on command lines and in queries. */

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A hundred years: what is longer is a mistake, and still far from where dates end. */
const MAX_MS = 36_500 * UNIT_MS.d;

export const DURATION_FORM = "a whole number with s, m, h or d behind it, such as 90s, 10m, 24h or 30d";

/** Milliseconds, or null when the text is not a duration of at most a hundred years. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,10})([smhd])$/.exec(text);
  if (!match) return null;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms <= MAX_MS ? ms : null;
}

/** In the largest unit that leaves nothing over. */
export function formatDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((each) => ms % UNIT_MS[each] === 0) ?? "s";
  return `${ms / UNIT_MS[unit]}${unit}`;
}
