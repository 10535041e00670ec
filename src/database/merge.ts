/** Selects that SQLite merges into one order, straight from an index. */

/** SQLite merges at most 500 selects in one statement (SQLITE_MAX_COMPOUND_SELECT). */
export const MERGED_SELECTS = 400;

/** Splits a list into parts, each of which one statement can merge. */
export function* mergeable<T>(selects: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < selects.length; at += MERGED_SELECTS) yield selects.slice(at, at + MERGED_SELECTS);
}
