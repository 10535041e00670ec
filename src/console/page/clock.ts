/** Times as people read them: by the clock, under a rule for each day, or how long ago. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** With the seconds while it is within the hour, when two of them are compared. Local time. */
export function clockTime(time: Date, now: Date): string {
  if (Number.isNaN(time.getTime())) return "";
  return (now.getTime() - time.getTime() < HOUR_MS ? SECONDS : MINUTES).format(time);
}

/** `just now`, `3 min ago`: never in the future, for the clocks of a carrier, a server and a browser differ. */
export function ago(time: Date, now: Date): string {
  const ms = now.getTime() - time.getTime();
  if (Number.isNaN(ms)) return "";
  return ms < MINUTE_MS ? "just now" : `${age(ms)} ago`;
}

/** What stands above the messages of a day. Empty for an unreadable time. */
export function dayName(time: Date, now: Date): string {
  if (Number.isNaN(time.getTime())) return "";
  if (isSameDay(time, now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (isSameDay(time, yesterday)) return "Yesterday";
  const day = DAY.format(time);
  return time.getFullYear() === now.getFullYear() ? day : `${day} ${time.getFullYear()}`;
}

/** With the seconds and the zone. An unreadable time is shown as it came. */
export function exactTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : EXACT.format(time);
}

/** `12 s`, `3 min`, `2 h`, `4 d`: coarse, for an age that is counted up while one looks at it. */
export function age(ms: number): string {
  if (ms < 0) return "0 s";
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  return ms < DAY_MS ? `${Math.floor(ms / HOUR_MS)} h` : `${Math.floor(ms / DAY_MS)} d`;
}

// One language throughout the page, with the 24-hour clock of logs; the zone is the reader's.
const SECONDS = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const MINUTES = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}
