/** Giving way to the rest of the event loop. */

/** Resolves in its next turn, once what waits for input and output has had its own. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A part of them, of so many, in each turn; `from` is where it begins. */
export async function inTurns<T>(
  all: readonly T[],
  size: number,
  work: (part: readonly T[], from: number) => void,
): Promise<void> {
  work(all.slice(0, size), 0);
  for (let from = size; from < all.length; from += size) {
    await yieldToEventLoop();
    work(all.slice(from, from + size), from);
  }
}
