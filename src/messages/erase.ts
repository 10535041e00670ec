/**
 * Removes everything of one phone number: its messages with their index, its place in the `cc` of others', and what is kept
 * beside the messages. Each leaves a tombstone, so that no late copy and no recovery brings it back; and running services
 * forget what they hold in memory, as for any deletion.
 */
import { audited } from "../database/audit.ts";
import type { Database } from "../database/open.ts";
import type { Statement, Write } from "../database/result.ts";
import { masked } from "../message.ts";
import { mergeIndex, unindexAll } from "../search/fulltext.ts";
import { abandonPictures } from "./pictures.ts";
import { pagesOfSender } from "./sender.ts";
import { buryAll } from "./tombstones.ts";

/** Some milliseconds of the writer's time; each may have a megabyte. */
const ROWS_PER_STEP = 25;
/** Between two steps, so that webhooks have their turn. */
const PAUSE_MS = 5;
/** Shorter ones stand in too many texts by accident. */
const MIN_DIGITS = 8;

export interface Erased {
  readonly messages: number;
  /** Messages of others that the number was taken out of. */
  readonly copied: number;
  /** Events that could not be read, in which the number stood. */
  readonly events: number;
}

export interface EraseOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What is freed is overwritten: where SQLite itself does it, which a server may not allow. */
  readonly overwrites: boolean;
  readonly onProgress: (erased: number, through: number) => void;
  readonly onMerge: () => void;
}

/** How many messages there are of this sender now. */
export async function countOfSender({ read }: Pick<Database, "read">, number: string): Promise<number> {
  let count = 0;
  for await (const { seqs } of pagesOfSender(read, number, 0, Number.MAX_SAFE_INTEGER)) count += seqs.length;
  return count;
}

export async function eraseSender(
  database: Database,
  number: string,
  { now, overwrites, onProgress, onMerge }: EraseOptions,
): Promise<Erased> {
  const { read, write } = database;
  const first: Statement[] = overwrites ? ["PRAGMA secure_delete = ON"] : [];
  const careful: Write = (statements) => write([...first, ...statements]);
  const step = async (statements: Statement[]) => (await careful(statements)).at(-1)?.rowsAffected ?? 0;
  const told = { from: masked(number) };
  // Begun is written down too: what was interrupted has erased something.
  await write([FORGET, ...audited(database, "messages.erase", { ...told, state: "begun" })]);
  let messages = 0;
  let copied = 0;
  for await (const page of pagesOfSender(read, number, 0, Number.MAX_SAFE_INTEGER)) {
    for (let at = 0; at < page.seqs.length; at += ROWS_PER_STEP) {
      const seqs = page.seqs.slice(at, at + ROWS_PER_STEP);
      messages += await step([
        buryAll(seqs, now),
        unindexAll(seqs),
        abandonPictures("seq IN (SELECT value FROM json_each(?))", [JSON.stringify(seqs)]),
        FORGET,
        deleteAll(seqs),
      ]);
      await Bun.sleep(PAUSE_MS);
    }
    for (const { seq, cc } of page.copied) copied += await step([FORGET, withoutCopy(seq, cc)]);
    onProgress(messages, page.through);
  }
  await step([{ sql: `DELETE FROM unrecovered WHERE "from" = ?`, args: [number] }]);
  const digits = number.replace("+", "");
  const events =
    digits.length < MIN_DIGITS
      ? 0
      : await step([{ sql: "DELETE FROM unreadable_events WHERE instr(body, ?) > 0", args: [digits] }]);
  if (messages > 0) {
    onMerge();
    await mergeIndex(careful);
  }
  await write([
    FORGET,
    ...audited(database, "messages.erase", { ...told, state: "done", messages, copied, events }),
  ]);
  return { messages, copied, events };
}

const FORGET = "UPDATE installation SET deletions = deletions + 1 WHERE id = 1";

function deleteAll(seqs: readonly number[]): Statement {
  return {
    sql: "DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
    args: [JSON.stringify(seqs)],
  };
}

function withoutCopy(seq: number, cc: readonly string[]): Statement {
  return {
    sql: "UPDATE messages SET cc = ? WHERE seq = ?",
    args: [cc.length > 0 ? JSON.stringify(cc) : null, seq],
  };
}
