/** Which position in the stream a time stands for. */
import type { Read } from "../database/result.ts";

// Halves what lies between the two until nothing does. The first message after the middle speaks for the hole in front
// of it, too; where there is none, the comparison is with NULL, and the upper half is empty.
const HALVE = `
  WITH RECURSIVE halved (low, high) AS (
    SELECT 0, ?2
    UNION ALL
    SELECT iif(next.stored_at < ?1, next.seq, low), iif(next.stored_at < ?1, high, (low + high) / 2)
    FROM halved LEFT JOIN messages next ON next.seq = (
      SELECT seq FROM messages WHERE seq > (low + high) / 2 AND seq <= high ORDER BY seq LIMIT 1)
    WHERE low < high)
  SELECT low AS position FROM halved WHERE low = high`;

/**
 * The position after which everything was stored at `storedAt` (ms since 1970) or later, none beyond `newest`.
 * Times of storing follow the order of seq, so halving finds it in some twenty looks, and no index has to be kept
 * for it at every insert. Where the machine's clock was set back, it finds one of the places that fit.
 */
export async function positionBefore(read: Read, storedAt: number, newest: number): Promise<number> {
  const { rows } = await read({ sql: HALVE, args: [storedAt, newest] });
  return Number(rows[0]?.position);
}
