/**
 * How much of a log was moved into its file: its index says so, FILE-shm
 * (https://www.sqlite.org/walformat.html#the_wal_index_file_format), which begins with two equal headers. It outlives the
 * process, but not the machine's restart.
 */
import { statSync } from "node:fs";
import { uptime } from "node:os";
import { readStart } from "./filestart.ts";
import { type LogContent, saltOf } from "./logfile.ts";

const AT = { changes: 8, salt: 32, secondHeader: 48, headersEnd: 96, moved: 96, attempted: 128 };
export const INDEX_BYTES = 136;

export interface LogIndex {
  /** Frames that are in the file. */
  readonly moved: number;
  /** Frames that a move set out for; more than `moved` when it did not come to its end. */
  readonly attempted: number;
}

/**
 * Null where the index does not know: it is missing, another log's, or of before the machine's start, or it was made anew
 * from the log. Then it has counted fewer commits than the log has, and takes all of the log for perhaps moved.
 */
export function readLogIndex(path: string, { salt, commits }: LogContent): LogIndex | null {
  const index = readStart(`${path}-shm`, INDEX_BYTES);
  if (index.length < INDEX_BYTES || isOfBeforeTheStart(`${path}-shm`)) return null;
  const first = index.subarray(0, AT.secondHeader);
  if (!first.equals(index.subarray(AT.secondHeader, AT.headersEnd)) || saltOf(first, AT.salt) !== salt)
    return null;
  if (first.readUInt32LE(AT.changes) < commits) return null;
  return { moved: index.readUInt32LE(AT.moved), attempted: index.readUInt32LE(AT.attempted) };
}

function isOfBeforeTheStart(path: string): boolean {
  return statSync(path).mtimeMs < Date.now() - uptime() * 1000;
}
