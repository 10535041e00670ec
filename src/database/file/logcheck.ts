/**
 * Whether a log that was left behind belongs to its database file. The engine does not ask: it reads any file
 * through any log, and what comes out is damaged, or holds what a restored backup was not to hold.
 *
 * The file's header names both (https://www.sqlite.org/fileformat2.html#the_database_header). `user_version` is
 * the name: drawn when a log begins, odd until the log is sealed for a checkpoint, then even. `application_id` is
 * the name of the sealed file on which the log began. So beneath a log that was never moved into the file there is
 * the file of its `application_id`, and beneath one that was, in whole or in part, one with a name it had. A foreign
 * program that moves a log does not seal it, and lets the next one begin without a name of its own.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { CommandError } from "../../errors.ts";
import { isNameOf, isOpen, isSameName, sealed } from "./checkpoint.ts";
import { type LogContent, readLogContent, readLogState, saltOf } from "./logfile.ts";

/** Of the database's header, in bytes. */
const AT = { writeVersion: 18, userVersion: 60, applicationId: 68, end: 100 };
/** Of FILE-shm (https://www.sqlite.org/walformat.html#the_wal_index_file_format): two headers, then how far it was moved. */
const INDEX = { headerBytes: 48, salt: 32, attempted: 128, end: 136 };

/**
 * Throws {@link CommandError} for a log that is another file's. Only for one who holds the file's lock, in a process
 * that does not have the database open.
 */
export function refuseForeignLog(path: string, shown: string): void {
  const before = fingerprint(path);
  const log = readLogContent(path);
  if (log === null || belongs(path, log)) return;
  // Somebody works with both at this moment, who has looked at them before.
  if (fingerprint(path) !== before) return;
  throw new CommandError(
    `${path}-wal is not the log of the database ${shown}, and together they would give a damaged one. If the database was restored from a backup, move ${path}-wal and ${path}-shm away. If not, put back the database to which the log belongs: the log may hold messages that are nowhere else`,
  );
}

/** Whether the file alone is of the middle of a log: a foreign program moved what was in it. */
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
  const id = last.readUInt32BE(AT.userVersion);
  const names = new Set(log.headers.map((header) => header.readUInt32BE(AT.userVersion)));
  if (!isOpen(id)) return names.has(beneath) || names.has(sealed(beneath));
  if (beneath !== id && isSameName(beneath, id)) return true;
  return names.has(beneath) && (!isNameOf(id, log.salt) || wasPerhapsMoved(path, log.salt));
}

function fingerprint(path: string): string {
  return JSON.stringify([readStart(path, AT.end).toString("hex"), readLogState(path)]);
}

/** False only where the log's index says that nothing of it was moved. It does not outlive the machine's restart. */
function wasPerhapsMoved(path: string, salt: string): boolean {
  const index = readStart(`${path}-shm`, INDEX.end);
  if (index.length < INDEX.end) return true;
  const [first, second] = [0, INDEX.headerBytes].map((at) => index.subarray(at, at + INDEX.headerBytes));
  if (!first || !second || !first.equals(second) || saltOf(first, INDEX.salt) !== salt) return true;
  return index.readUInt32LE(INDEX.attempted) > 0;
}

function readStart(path: string, bytes: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const fd = openSync(path, "r");
  try {
    const start = Buffer.alloc(bytes);
    return start.subarray(0, readSync(fd, start, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}
