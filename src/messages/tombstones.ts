/** The ids of messages that are gone: for as long as a copy of one may come, it stays away. */
import type { Statement } from "../database/result.ts";
import type { Part } from "../search/fulltext.ts";

/** How long Telnyx may send a message again, and how far back recovery looks. */
export const RECOVERY_WINDOW_MS = 30 * 86_400_000;

/**
 * An id as a tombstone has it: sixteen bytes instead of `msg_` and the 32 digits that write them, which halves what is
 * kept. Null for what is not so written, which leaves no tombstone: no event of Telnyx's makes such an id.
 */
const shortId = (messageId: string) => `unhex(substr(${messageId}, 5))`;

/** No removal may fail because of what is remembered already. */
const OR_LONGER = "ON CONFLICT (id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)";

const hasShortId = `${shortId("message_id")} IS NOT NULL`;

/** True for a message, whose id this expression of SQL is, that may be stored. */
export const hasNoTombstone = (messageId: string) =>
  `NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = ${shortId(messageId)})`;

/** Before the message itself goes, in the same transaction. `now` in milliseconds since 1970. */
export function buryMessage(messageId: string, now: number): Statement {
  return {
    sql: `INSERT INTO tombstones (id, expires_at)
      SELECT ${shortId("message_id")}, ? FROM messages WHERE message_id = ? AND ${hasShortId} ${OR_LONGER}`,
    args: [now + RECOVERY_WINDOW_MS, messageId],
  };
}

/** The same for several, by their seqs. */
export function buryAll(seqs: readonly number[], now: number): Statement {
  return {
    sql: `INSERT INTO tombstones (id, expires_at)
      SELECT ${shortId("message_id")}, ? FROM messages
      WHERE seq IN (SELECT value FROM json_each(?)) AND ${hasShortId} ${OR_LONGER}`,
    args: [now + RECOVERY_WINDOW_MS, JSON.stringify(seqs)],
  };
}

/**
 * Before the messages themselves go, in the same transaction. Those that are older than the window leave nothing: no
 * copy of them can come. Each that leaves something costs 64 bytes, and among two million others 50 µs of the writer.
 */
export function buryPart({ where, args }: Part, now: number): Statement {
  return {
    sql: `INSERT INTO tombstones (id, expires_at)
      SELECT ${shortId("message_id")}, stored_at + ${RECOVERY_WINDOW_MS} FROM messages
      WHERE ${where} AND stored_at > ? AND ${hasShortId} ${OR_LONGER}`,
    args: [...args, now - RECOVERY_WINDOW_MS],
  };
}

/** Removes at most so many of those whose time is over. */
export function dropTombstones(now: number, rows: number): Statement {
  return {
    sql: "DELETE FROM tombstones WHERE id IN (SELECT id FROM tombstones WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
    args: [now, rows],
  };
}
