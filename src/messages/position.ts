/** Which position in the stream a time stands for. */
import type { Read } from "../database/connection.ts";

/**
 * The position after which everything was stored at `storedAt` (ms since 1970) or later, none beyond `newest`.
 * Times of storing follow the order of seq, so halving finds it in some twenty looks, and no index has to be kept
 * for it at every insert. Where the machine's clock was set back, it finds one of the places that fit.
 */
export async function positionBefore(read: Read, storedAt: number, newest: number): Promise<number> {
  let low = 0;
  let high = newest;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // The first message after the middle speaks for the hole in front of it, too.
    const sql = "SELECT seq, stored_at FROM messages WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1";
    const next = (await read({ sql, args: [middle, high] })).rows[0];
    if (next === undefined || Number(next.stored_at) >= storedAt) high = middle;
    else low = Number(next.seq);
  }
  return low;
}
