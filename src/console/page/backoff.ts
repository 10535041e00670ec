/** How long to wait before the stream is opened again. All times are in ms. */

/** What `retry:` says unless it says otherwise. */
export const USUAL_RETRY_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
/** A server that asks for more than this is not waited for so long: the wait can be seen, and cut short. */
const LONGEST_ASKED_MS = 120_000;

/** Doubles with each failure in a row, and is spread over its upper half, so that tabs do not come back in step. */
export function waitAfterFailure(failures: number, retryMs: number, random: () => number): number {
  const whole = Math.min(LONGEST_WAIT_MS, retryMs * 2 ** Math.min(failures - 1, 10));
  return Math.round(whole * (0.5 + 0.5 * random()));
}

/** The server has spread the waits that it asks for. Anything that is no wait counts as the usual one. */
export function waitAsAsked(ms: unknown): number {
  const isWait = typeof ms === "number" && Number.isFinite(ms) && ms >= 0;
  return isWait ? Math.min(ms, LONGEST_ASKED_MS) : USUAL_RETRY_MS;
}

/** Of a `Retry-After` header in seconds, or null (RFC 9110, section 10.2.3; Inlet sends no dates). */
export function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? waitAsAsked(Number(header) * 1000) : null;
}
