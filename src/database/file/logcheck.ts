/**
 * Whether a log that was left behind belongs to its database file. The engine does not ask: it reads any file
 * through any log, and the result is damaged, or holds what a restored backup should not hold.
 *
 * The file's header names both (https://www.sqlite.org/fileformat2.html#the_database_header). `user_version` is
 * the name: drawn when a log begins, odd until the log is sealed for a checkpoint, then even. `application_id` is
 * the name of the sealed file on which the log began. So beneath a log that was never moved into the file there is
 * the file of its `application_id`, and beneath one that was, in whole or in part, one with a name it had. A foreign
 * program that moves a log does not seal it, and lets the next one begin without a name of its own.
 *
 * A copy that was made in the middle of the log has a name of the log's, as the file has when only a part of the log was
 * moved. Which part, the log's index tells, unless it was made anew meanwhile.
 */
import { CommandError } from "../../errors.ts";
import { isNameOf, isOpen, isSameName, sealed } from "./checkpoint.ts";
import { readStart } from "./filestart.ts";
import { type LogContent, readLogContent, readLogState } from "./logfile.ts";
import { INDEX_BYTES, type LogIndex, readLogIndex } from "./logindex.ts";

/** Offsets in the database's header, in bytes. */
const AT = { writeVersion: 18, userVersion: 60, applicationId: 68, end: 100 };

/**
 * Throws {@link CommandError} for a log that belongs to another file. Only for the holder of the file's lock, in a process
 * that does not have the database open.
 */
export function refuseForeignLog(path: string, shown: string): void {
  const before = fingerprint(path);
  const log = readLogContent(path);
  if (log === null || belongs(path, log)) return;
  // They have just changed: somebody works with both, and has checked them before.
  if (fingerprint(path) !== before) return;
  throw new CommandError(
    `${path}-wal is not the log of the database ${shown}, and together they would give a damaged one. If the database was restored from a backup, move ${path}-wal and ${path}-shm away. If not, put back the database to which the log belongs: the log may hold messages that are nowhere else`,
  );
}

/** Whether the file, without a log, is of the middle of one: a foreign program moved that log into it. */
export function isUnsealed(path: string): boolean {
  const file = readStart(path, AT.end);
  return file.length === AT.end && isOpen(file.readUInt32BE(AT.userVersion));
}

function belongs(path: string, log: LogContent): boolean {
  const file = readStart(path, AT.end);
  // The engine writes the first page, with the mark of a database that has a log, before it writes a log; and it
  // takes the mark away after it has removed one.
  if (file.length < AT.end || file[AT.writeVersion] !== 2) return false;
  const last = log.headers.at(-1);
  if (last === undefined) return true;
  const beneath = file.readUInt32BE(AT.userVersion);
  if (beneath === last.readUInt32BE(AT.applicationId)) return true;
  const index = readLogIndex(path, log);
  if (index !== null) return isFirstName(beneath, log) || isMovedPart(file, log, index);
  const id = last.readUInt32BE(AT.userVersion);
  const names = new Set(log.headers.map((header) => header.readUInt32BE(AT.userVersion)));
  if (!isOpen(id)) return names.has(beneath) || names.has(sealed(beneath));
  if (beneath !== id && isSameName(beneath, id)) return true;
  return names.has(beneath);
}

/**
 * As under a log that a foreign program let begin, or our next commit after one had moved the log before. A copy made in
 * the middle of a log that we let begin has that log's salt in its name.
 */
function isFirstName(beneath: number, { headers: [first], salt }: LogContent): boolean {
  if (first === undefined) return false;
  const [one, other] = [sealed(first.readUInt32BE(AT.userVersion)), sealed(beneath)];
  return one === other || (isSameName(one, other) && !isNameOf(beneath, salt));
}

/**
 * Whether the file is what the log's moves have made of it. A move that a reader limits leaves a page as it is that was
 * written again behind its limit: so the first page may be of an earlier move than the last one, and has its name, because
 * another is only given when all of the log was moved. A move that did not come to its end counts only where the log was
 * sealed for it, as we do: a foreign program that only reads sets out for one when it closes, and moves nothing.
 */
function isMovedPart(file: Buffer, { headers, frames }: LogContent, { moved, attempted }: LogIndex): boolean {
  const headerAt = (limit: number) => headers[frames.findLastIndex((frame) => frame <= limit)];
  const begun = headerAt(attempted);
  if (begun?.equals(file) && !isOpen(begun.readUInt32BE(AT.userVersion))) return true;
  const name = headerAt(moved)?.readUInt32BE(AT.userVersion);
  const isOfThatName = (header: Buffer) => header.readUInt32BE(AT.userVersion) === name;
  return headers.some(
    (header, i) => (frames[i] ?? 0) <= moved && isOfThatName(header) && header.equals(file),
  );
}

function fingerprint(path: string): string {
  const starts = [readStart(path, AT.end), readStart(`${path}-shm`, INDEX_BYTES)];
  return JSON.stringify([...starts.map((start) => start.toString("hex")), readLogState(path)]);
}
