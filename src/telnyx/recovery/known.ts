/** Which messages the database has, or had: recovery asks for these no more. */
import type { Read } from "../../database/result.ts";
import { hasNoTombstone } from "../../messages/tombstones.ts";

/** Two look-ups in an index for each: a millisecond. */
const IDS_AT_ONCE = 200;

const KNOWN = `SELECT j.value AS id FROM json_each(?) j
  WHERE EXISTS (SELECT 1 FROM messages WHERE message_id = j.value) OR NOT ${hasNoTombstone("j.value")}`;

/** Of these ids of messages those that are stored, or were deleted or pruned within the time of a tombstone. */
export async function knownMessages(read: Read, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const { rows } = await read({ sql: KNOWN, args: [JSON.stringify(ids.slice(at, at + IDS_AT_ONCE))] });
    for (const { id } of rows) known.add(String(id));
  }
  return known;
}
