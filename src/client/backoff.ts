/** How long to wait before the next attempt: longer each time, spread by chance, and never without an end. */

/** However often something failed, it is tried again within the minute: somebody may be looking at the page. */
const MAX_WAIT_MS = 30_000;
/** What a server may ask for. Longer is a mistake, and would look like a client that hangs. */
const MAX_ASKED_MS = 300_000;
/** A server that says "at once" to thousands of clients does not mean it. */
const MIN_MS = 100;

/**
 * After so many failures in a row (from 1): `baseMs`, doubled with each, up to half a minute, and up to half as long again
 * by chance, so that those who failed together do not come back together.
 */
export function backoffMs(failures: number, baseMs: number, random: () => number): number {
  const least = Math.min(Math.max(MAX_WAIT_MS, baseMs), baseMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(least * (1 + 0.5 * random()));
}

/** What a server asked for (`retry:`, `retry_ms`), within bounds; null when it is no time. */
export function askedMs(ms: unknown): number | null {
  if (typeof ms !== "number" || Number.isNaN(ms) || ms < 0) return null;
  return Math.min(MAX_ASKED_MS, Math.max(MIN_MS, ms));
}

/** The header `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3), within bounds. */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return askedMs(Number(text) * 1000);
  // All forms of a date begin with the day's name; Date.parse takes much else for one.
  return /^[a-z]{3}/i.test(text) ? askedMs(Math.max(0, Date.parse(text) - now)) : null;
}

/** Resolves after `ms`, or as soon as the signal is given. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", over);
    resolve();
  };
  const timer = setTimeout(over, ms);
  signal.addEventListener("abort", over, { once: true });
  return promise;
}
