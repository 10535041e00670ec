/** Deletes one message for good, and leaves a tombstone so that Telnyx's late copies of it stay away. */
import { audited } from "../database/audit.ts";
import type { Database } from "../database/open.ts";
import { CommandError } from "../errors.ts";
import { unindexMessage } from "../search/fulltext.ts";
import { abandonPictures } from "./pictures.ts";
import { buryMessage } from "./tombstones.ts";

/** Throws {@link CommandError} when there is no such message. */
export async function deleteMessage(database: Database, messageId: string, now: number): Promise<void> {
  const [, , , deleted] = await database.write([
    buryMessage(messageId, now),
    unindexMessage(messageId),
    abandonPictures("message_id = ?", [messageId]),
    { sql: "DELETE FROM messages WHERE message_id = ?", args: [messageId] },
    ...audited(database, "messages.delete", { message_id: messageId }),
    "UPDATE installation SET deletions = deletions + 1 WHERE id = 1",
  ]);
  if (!deleted?.rowsAffected) {
    throw new CommandError(`message ${messageId} not found; inlet messages list shows stored messages`);
  }
}
