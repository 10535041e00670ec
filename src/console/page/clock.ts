/** Times as people read them: how long ago, and exactly. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Short, and never in the future: the clocks of a carrier, a server and a browser differ. Local time. */
export function ago(time: Date, now: Date): string {
  const ms = now.getTime() - time.getTime();
  if (Number.isNaN(ms)) return "";
  if (ms < MINUTE_MS) return "just now";
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  const clock = CLOCK.format(time);
  if (isSameDay(time, now)) return clock;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (isSameDay(time, yesterday)) return `Yesterday, ${clock}`;
  const day = time.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR;
  return `${day.format(time)}, ${clock}`;
}

/** With the seconds and the zone. An unreadable time is shown as it came. */
export function exactTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : EXACT.format(time);
}

/** `12 s`, `3 min`, `2 h`: coarse, for an age that is counted up while one looks at it. */
export function age(ms: number): string {
  if (ms < 0) return "0 s";
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  return ms < HOUR_MS ? `${Math.floor(ms / MINUTE_MS)} min` : `${Math.floor(ms / HOUR_MS)} h`;
}

// One language throughout the page, with the 24-hour clock of logs; the zone is the reader's.
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}
