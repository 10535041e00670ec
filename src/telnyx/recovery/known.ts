/** Which messages the database has, or had: recovery does not ask for them again. */
import type { Read } from "../../database/result.ts";
import { hasNoTombstone } from "../../messages/tombstones.ts";

/** Ids for one statement. Each costs two look-ups in an index: a millisecond for all. */
const IDS_AT_ONCE = 200;

const KNOWN = `SELECT j.value AS id FROM json_each(?) j
  WHERE EXISTS (SELECT 1 FROM messages WHERE message_id = j.value) OR NOT ${hasNoTombstone("j.value")}`;

/** The ids among these whose messages are stored, or were deleted or pruned so recently that a tombstone is left. */
export async function knownMessages(read: Read, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const { rows } = await read({ sql: KNOWN, args: [JSON.stringify(ids.slice(at, at + IDS_AT_ONCE))] });
    for (const { id } of rows) known.add(String(id));
  }
  return known;
}
