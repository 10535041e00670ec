/** The table of pictures: what is due, what became of it, and which files are to go. */
import type { Database } from "../database/open.ts";
import type { Read } from "../database/result.ts";
import type { PictureStatus } from "../message.ts";
import { DATABASE_NOW } from "../messages/insert.ts";
import type { FileName, Kept } from "./files.ts";
import type { Reason } from "./refusal.ts";

export interface Due extends FileName {
  readonly source_url: string;
  readonly given_sha256: string | null;
  /** How often it was tried. */
  readonly tries: number;
}

export interface Picture extends FileName {
  readonly status: PictureStatus;
  readonly reason: string | null;
  readonly type: string | null;
  readonly size: number | null;
  readonly sha256: string | null;
}

/** Those that were due first. Costs what it answers: an index has them in this order. */
export async function duePictures(read: Read, limit: number): Promise<Due[]> {
  const sql = `SELECT message_id, n, source_url, given_sha256, tries FROM media
    WHERE state = 'pending' AND due_at <= ${DATABASE_NOW} ORDER BY due_at LIMIT ?`;
  const { rows } = await read({ sql, args: [limit] });
  return rows.map((row) => ({
    message_id: String(row.message_id),
    n: Number(row.n),
    source_url: String(row.source_url),
    given_sha256: row.given_sha256 === null ? null : String(row.given_sha256),
    tries: Number(row.tries),
  }));
}

type Writing = Pick<Database, "write">;

/** False where its message has gone meanwhile, and so the file must. Of two who fetched it, both have it. */
export async function noteStored(
  { write }: Writing,
  { message_id, n }: FileName,
  kept: Kept,
): Promise<boolean> {
  const [noted] = await write([
    {
      sql: `UPDATE media SET state = 'stored', reason = NULL, type = ?, size = ?, sha256 = ?
        WHERE message_id = ? AND n = ? AND state IN ('pending', 'stored')`,
      args: [kept.type, kept.size, kept.sha256, message_id, n],
    },
  ]);
  return (noted?.rowsAffected ?? 0) > 0;
}

/** For good, or until `againMs` from now. */
export async function noteRefused(
  { write }: Writing,
  { message_id, n }: FileName,
  reason: Reason,
  againMs: number | null,
): Promise<void> {
  const state = againMs === null ? "failed" : "pending";
  await write([
    {
      sql: `UPDATE media SET state = ?, reason = ?, tries = tries + 1, due_at = ${DATABASE_NOW} + ?
        WHERE message_id = ? AND n = ? AND state = 'pending'`,
      args: [state, reason, againMs ?? 0, message_id, n],
    },
  ]);
}

/** Its file is not where it was: a database that was restored without its folder fetches it again. */
export async function noteMissing({ write }: Writing, { message_id, n }: FileName): Promise<void> {
  const sql = `UPDATE media SET state = 'pending', tries = 0, due_at = 0
    WHERE message_id = ? AND n = ? AND state = 'stored'`;
  await write([{ sql, args: [message_id, n] }]);
}

/** At most so many whose files are to go. */
export async function gonePictures(read: Read, limit: number): Promise<FileName[]> {
  const sql = "SELECT message_id, n FROM media WHERE state = 'gone' LIMIT ?";
  const { rows } = await read({ sql, args: [limit] });
  return rows.map((row) => ({ message_id: String(row.message_id), n: Number(row.n) }));
}

/** Once their files are gone. Of a message that is still there it is remembered, so that nothing is fetched again. */
export async function noteGone({ write }: Writing, names: readonly FileName[]): Promise<void> {
  const args = [JSON.stringify(names)];
  const these = `state = 'gone' AND (message_id, n) IN (
    SELECT j.value->>'message_id', j.value->>'n' FROM json_each(?) j)`;
  const isThere = "EXISTS (SELECT 1 FROM messages m WHERE m.message_id = media.message_id)";
  await write([
    { sql: `UPDATE media SET state = 'failed', reason = 'gone' WHERE ${these} AND ${isThere}`, args },
    { sql: `DELETE FROM media WHERE ${these}`, args },
  ]);
}

/** Those of them that no message has. */
export async function strayFiles(read: Read, names: readonly FileName[]): Promise<FileName[]> {
  const sql = `SELECT j.key AS place FROM json_each(?) j WHERE NOT EXISTS (
    SELECT 1 FROM media WHERE message_id = j.value->>'message_id' AND n = j.value->>'n')`;
  const { rows } = await read({ sql, args: [JSON.stringify(names)] });
  return rows.flatMap(({ place }) => names[Number(place)] ?? []);
}

/** By message. Costs a look into an index for each. */
export async function picturesOf(
  read: Read,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Picture[]>> {
  const sql = `SELECT message_id, n, state, reason, type, size, sha256 FROM media
    WHERE message_id IN (SELECT value FROM json_each(?))`;
  const { rows } = await read({ sql, args: [JSON.stringify(messageIds)] });
  const pictures = rows.map((row): Picture => {
    const isGone = row.state === "gone";
    return {
      message_id: String(row.message_id),
      n: Number(row.n),
      status: isGone ? "failed" : (String(row.state) as PictureStatus),
      reason: isGone ? "gone" : row.state === "failed" ? String(row.reason) : null,
      type: row.type === null || row.type === undefined ? null : String(row.type),
      size: row.size === null ? null : Number(row.size),
      sha256: row.sha256 === null || row.sha256 === undefined ? null : String(row.sha256),
    };
  });
  return Map.groupBy(pictures, ({ message_id }) => message_id);
}
