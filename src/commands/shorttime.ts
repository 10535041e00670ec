/** A time for people at a terminal: in this machine's zone, and no longer than it takes to tell it from others. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `18:30:05` of today, `22 May 18:30` of this year, `22 May 2025` of another. `ms` since 1970. */
export function shortTime(ms: number, now: Date): string {
  const time = new Date(ms);
  const clock = time.toTimeString();
  if (time.toDateString() === now.toDateString()) return clock.slice(0, 8);
  const day = `${time.getDate()} ${MONTHS[time.getMonth()]}`;
  const isThisYear = time.getFullYear() === now.getFullYear();
  return isThisYear ? `${day} ${clock.slice(0, 5)}` : `${day} ${time.getFullYear()}`;
}
