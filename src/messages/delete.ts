/** Deletes one message for good, and leaves a tombstone so that Telnyx's late copies of it stay away. */
import type { Database } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { unindexMessage } from "../search/fulltext.ts";

/** Throws {@link Refusal} when there is no such message. */
export async function deleteMessage(database: Database, messageId: string, now: number): Promise<void> {
  const [buried] = await database.write([
    {
      sql: `INSERT INTO tombstones (message_id, deleted_at)
        SELECT message_id, ? FROM messages WHERE message_id = ? ON CONFLICT (message_id) DO NOTHING`,
      args: [now, messageId],
    },
    unindexMessage(messageId),
    { sql: "DELETE FROM messages WHERE message_id = ?", args: [messageId] },
    "UPDATE installation SET deletions = deletions + 1 WHERE id = 1",
  ]);
  if (!buried?.rowsAffected) {
    throw new Refusal(`message ${messageId} not found; inlet messages list shows stored messages`);
  }
}
