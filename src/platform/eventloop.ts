/** Giving way to the rest of the event loop. */

/** Resolves in its next turn, once what waits for input and output has had its own. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
