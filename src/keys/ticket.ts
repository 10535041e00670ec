/**
 * Tickets: short-lived stand-ins for a key, which open nothing but a stream, so that they may stand in an address
 * where a key may not: a browser's `EventSource` takes no headers. Kept as a hash, like keys.
 */
import type { Database } from "../database/open.ts";
import type { Row, Statement } from "../database/result.ts";
import { hashKey, randomBase62 } from "./key.ts";

const PREFIX = "ticket_";
const SECRET_LENGTH = 32;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH}}$`);

/** Of one key at one time: a page for each of its users, and a bound for a loop that went wrong. */
export const MAX_TICKETS_PER_KEY = 10_000;

export interface NewTicket {
  readonly keyId: number;
  /** The numbers it is narrowed to; null for all that the key sees. */
  readonly to: readonly string[] | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A ticket as the database has it. */
export interface HeldTicket {
  readonly id: number;
  /** The numbers it is narrowed to; null for all that the key sees. */
  readonly to: readonly string[] | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What {@link toTicket} reads, of the one ticket in {@link TICKET_OF_HASH}. */
export const TICKET_COLUMNS = `ticket.id AS ticket_id, ticket."to" AS ticket_to, ticket.expires_at AS ticket_expires_at`;
export const TICKET_OF_HASH = "(SELECT * FROM tickets WHERE hash = ?) ticket";

/** Null for a row without {@link TICKET_COLUMNS}. */
export function toTicket({
  ticket_id: id,
  ticket_to: to,
  ticket_expires_at: expiresAt,
}: Row): HeldTicket | null {
  if (id === undefined) return null;
  return {
    id: Number(id),
    to: to === null ? null : (JSON.parse(String(to)) as string[]),
    expiresAt: Number(expiresAt),
  };
}

export function isTicket(text: string): boolean {
  return FORM.test(text);
}

/** The ticket, which is held nowhere else; null when the key has as many as it may. */
export async function createTicket(
  { write }: Database,
  { keyId, to, expiresAt }: NewTicket,
  now: number,
): Promise<string | null> {
  const ticket = PREFIX + randomBase62(SECRET_LENGTH);
  // Counted where it is inserted: the limit holds however many come at once. Expired ones go within a minute or two.
  const sql = `INSERT INTO tickets (hash, key_id, "to", created_at, expires_at) SELECT ?, ?, ?, ?, ?
    WHERE (SELECT count(*) FROM tickets WHERE key_id = ?) < ?`;
  const numbers = to && JSON.stringify(to);
  const args = [hashKey(ticket), keyId, numbers, now, expiresAt, keyId, MAX_TICKETS_PER_KEY];
  const [inserted] = await write([{ sql, args }]);
  return inserted?.rowsAffected ? ticket : null;
}

/** Removes at most `limit` tickets that have expired at `now` (ms since 1970). */
export function removeExpiredTickets(now: number, limit: number): Statement {
  return {
    sql: "DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE expires_at <= ? LIMIT ?)",
    args: [now, limit],
  };
}
