/** Hands unrouted messages over to an account: same message_id, a new position, streamed now. */
import { audited } from "../database/audit.ts";
import type { Database } from "../database/open.ts";
import { requireAccount } from "../directory/accounts.ts";
import { DATABASE_NOW } from "./insert.ts";

export interface Claimed {
  readonly claimed: number;
  /** Those that came while somebody else owned the number, and so are the other's. */
  readonly skipped: number;
}

const ROWS_PER_STEP = 200;

const UNROUTED = `account_id IS NULL AND "to" = ?`;
const FREE = `(owner_id IS NULL OR owner_id = ? OR ?)`;

// REPLACE deletes the old row, whose message_id is the same, and inserts with the next seq: an UPDATE of seq would
// not move AUTOINCREMENT's counter, and no client would ever be told of the message.
const CLAIM = `
  INSERT OR REPLACE INTO messages (message_id, telnyx_id, account_id, "from", "to", body, received_at, media, cc,
    keyword, spam, recovered, subject, stored_at)
  SELECT message_id, telnyx_id, ?, "from", "to", body, received_at, media, cc, keyword, spam, recovered, subject,
    ${DATABASE_NOW}
  FROM messages WHERE ${UNROUTED} AND ${FREE} ORDER BY seq LIMIT ${ROWS_PER_STEP}
  RETURNING message_id`;

/** With `force` also what came for another owner. Throws `CommandError` when there is no such account. */
export async function claimMessages(
  database: Database,
  to: string,
  accountId: number,
  force: boolean,
): Promise<Claimed> {
  await requireAccount(database, accountId);
  let claimed = 0;
  for (;;) {
    const args = [accountId, to, accountId, force ? 1 : 0];
    const [step] = await database.write([
      { sql: CLAIM, args },
      ...audited(database, "messages.claim", { to, account_id: accountId, force }, "count"),
    ]);
    claimed += step?.rows.length ?? 0;
    if ((step?.rows.length ?? 0) < ROWS_PER_STEP) break;
  }
  const rest = await database.read({
    sql: `SELECT count(*) AS n FROM messages WHERE ${UNROUTED}`,
    args: [to],
  });
  return { claimed, skipped: Number(rest.rows[0]?.n ?? 0) };
}
