/** What is fuzzed, and what it must hold to. */
import type { Random } from "../simulation/random.ts";

export interface Target {
  readonly name: string;
  /** What is spoiled: good inputs, and those that once found something. */
  readonly corpus: readonly string[];
  /** What is wrong with what became of it; null when nothing is. */
  readonly try: (input: string, random: Random) => string | null | Promise<string | null>;
}

/** One turn of the event loop may take so long (contract.md, bounded work); a busy machine takes its share. */
const MAX_TURN_MS = 50;

/** Null, or why: it threw what it may not, or took too long, and did again. */
export function within(what: () => unknown, isExpected: (error: unknown) => boolean): string | null {
  let longest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && longest > MAX_TURN_MS; i++) {
    const startedAt = performance.now();
    try {
      what();
    } catch (error) {
      if (!isExpected(error)) return `it threw ${error instanceof Error ? error.stack : String(error)}`;
    }
    longest = Math.min(longest, performance.now() - startedAt);
  }
  return longest > MAX_TURN_MS ? `it took ${Math.round(longest)} ms` : null;
}
