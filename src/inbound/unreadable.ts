/** `message.received` events that we could not read are kept as they came, so that no text is lost for our fault. */
import { createHash } from "node:crypto";
import type { Write } from "../database/connection.ts";
import { wellFormed } from "../message.ts";
import { DATABASE_NOW } from "../messages/insert.ts";

/** Each has at most the webhook's 1 MiB; the oldest make room. */
const MOST_KEPT = 1_000;

/** Telnyx's retries of the same body are kept once. */
export async function keepUnreadable(write: Write, body: string, reason: string): Promise<void> {
  const text = wellFormed(body);
  const hash = createHash("sha256").update(text).digest("hex");
  await write([
    {
      sql: `INSERT INTO unreadable_events (hash, reason, body, stored_at) VALUES (?, ?, ?, ${DATABASE_NOW})
        ON CONFLICT (hash) DO NOTHING`,
      args: [hash, reason, text],
    },
    {
      sql: `DELETE FROM unreadable_events WHERE id <= (
        SELECT id FROM unreadable_events ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      args: [MOST_KEPT],
    },
  ]);
}
