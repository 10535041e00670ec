/** Stored messages as an operator lists them: every account's, newest first. */
import type { Read } from "../database/connection.ts";
import type { StoredMessage } from "../message.ts";
import { positionBefore } from "./position.ts";
import { COLUMNS, PAGE_OF, toStoredMessages } from "./row.ts";

export interface Listing {
  readonly accountId: number | null;
  readonly unrouted: boolean;
  /** Only what was stored at this time or later, in ms since 1970. */
  readonly storedSince: number | null;
  readonly limit: number;
}

/** `newest` is the position up to which is looked. */
export async function listMessages(read: Read, listing: Listing, newest: number): Promise<StoredMessage[]> {
  const { accountId, unrouted, storedSince, limit } = listing;
  const conditions = [
    ...(accountId === null ? [] : [{ where: "account_id = ?", arg: accountId }]),
    ...(storedSince === null
      ? []
      : [{ where: "seq > ?", arg: await positionBefore(read, storedSince, newest) }]),
  ];
  const where = [
    ...conditions.map((condition) => condition.where),
    ...(unrouted ? ["account_id IS NULL"] : []),
  ];
  const select = `SELECT ${COLUMNS} FROM messages ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
    ORDER BY seq DESC LIMIT ?`;
  const { rows } = await read({ sql: PAGE_OF(select), args: [...conditions.map(({ arg }) => arg), limit] });
  return toStoredMessages(rows[0]?.page).reverse();
}

export async function findMessage(read: Read, messageId: string): Promise<StoredMessage | null> {
  const select = `SELECT ${COLUMNS} FROM messages WHERE message_id = ?`;
  const { rows } = await read({ sql: PAGE_OF(select), args: [messageId] });
  return toStoredMessages(rows[0]?.page)[0] ?? null;
}
