/** Waits for a condition, never for a time. The only real waiting in the tests. */

const INTERVAL_MS = 5;

/** The first truthy value of `condition`. Throws after `timeoutMs`, naming what was waited for. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await Bun.sleep(INTERVAL_MS);
  }
}
