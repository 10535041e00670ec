/**
 * What a database's log (FILE-wal) says without the engine: https://www.sqlite.org/fileformat2.html#walformat.
 * SQLite holds no locks on this file, so that it may be opened and closed at any time. Those on the database and on
 * FILE-shm belong to the whole process, and closing any descriptor of theirs would drop them: nothing opens those
 * while the engine has them open.
 */

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { errorCode } from "../../errors.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const DATABASE_HEADER_BYTES = 100;
/** Marks a log whose checksums are in little-endian words: what SQLite writes on x64 and arm64. */
const MAGIC = 0x377f0682;

interface Log {
  readonly fd: number;
  readonly header: Buffer;
  readonly frameBytes: number;
  /** How many frames fit into the file: those behind the end are of an earlier log. */
  readonly slots: number;
}

export interface LogState {
  /** Changes each time the log begins anew. */
  readonly salt: string;
  /** How many pages this log has, without those that are left from the one before. */
  readonly pages: number;
  /** The size of its file. */
  readonly bytes: number;
}

/** Null where there is no log. Some 15 small reads, whatever its size. */
export function readLogState(path: string): LogState | null {
  return withLog(path, (log) => {
    const salt = saltOf(log.header, 16);
    // A log is written from its beginning on: the frames with its salts are the first ones.
    let [low, high] = [0, log.slots];
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    while (low < high) {
      const middle = (low + high) >> 1;
      readSync(log.fd, frame, 0, FRAME_HEADER_BYTES, HEADER_BYTES + middle * log.frameBytes);
      if (saltOf(frame, 8) === salt) low = middle + 1;
      else high = middle;
    }
    return { salt, pages: low, bytes: HEADER_BYTES + log.slots * log.frameBytes };
  });
}

export interface LogContent {
  readonly salt: string;
  /** The database's header after each commit that wrote it, the latest one last. */
  readonly headers: readonly Buffer[];
  /** The frame of each of these headers, counted from 1. */
  readonly frames: readonly number[];
  readonly commits: number;
}

/**
 * What the engine would find in the log: the frames with the right salts and checksums, up to the last commit. Null
 * where it would find none. Reads all of it: some 10 ms for 16 MB.
 */
export function readLogContent(path: string): LogContent | null {
  return withLog(path, ({ fd, header, frameBytes, slots }) => {
    const salt = saltOf(header, 16);
    let sums = checksum(header.subarray(0, 24), [0, 0]);
    if (!isSum(sums, header, 24)) return null;
    const headers: Buffer[] = [];
    const frames: number[] = [];
    let written: { header: Buffer; frame: number } | null = null;
    let commits = 0;
    const frame = Buffer.alloc(frameBytes);
    for (let slot = 0; slot < slots; slot++) {
      readSync(fd, frame, 0, frameBytes, HEADER_BYTES + slot * frameBytes);
      if (saltOf(frame, 8) !== salt) break;
      sums = checksum(frame.subarray(FRAME_HEADER_BYTES), checksum(frame.subarray(0, 8), sums));
      if (!isSum(sums, frame, 16)) break;
      if (frame.readUInt32BE(0) === 1) {
        const header = frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + DATABASE_HEADER_BYTES);
        written = { header: Buffer.from(header), frame: slot + 1 };
      }
      // Only the last frame of a commit holds the database's size.
      if (frame.readUInt32BE(4) === 0) continue;
      commits++;
      if (written !== null) {
        headers.push(written.header);
        frames.push(written.frame);
      }
      written = null;
    }
    return commits > 0 ? { salt, headers, frames, commits } : null;
  });
}

function withLog<T>(path: string, read: (log: Log) => T): T | null {
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= HEADER_BYTES) return null;
  const fd = openedLog(path);
  // It was removed at this moment, which is noticed where files that go are looked for.
  if (fd === null) return null;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(fd, header, 0, HEADER_BYTES, 0);
    const pageBytes = header.readUInt32BE(8);
    if (header.readUInt32BE(0) !== MAGIC || pageBytes < 512 || pageBytes > 65_536) return null;
    const frameBytes = FRAME_HEADER_BYTES + pageBytes;
    return read({ fd, header, frameBytes, slots: Math.floor((size - HEADER_BYTES) / frameBytes) });
  } finally {
    closeSync(fd);
  }
}

function openedLog(path: string): number | null {
  try {
    return openSync(`${path}-wal`, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

export function saltOf(buffer: Buffer, at: number): string {
  return buffer.toString("hex", at, at + 8);
}

type Sums = readonly [number, number];

/** Over pairs of 32-bit words, each sum over the other: the format's own. */
function checksum(bytes: Buffer, [before, besides]: Sums): Sums {
  let [a, b] = [before, besides];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += 8) {
    a = (a + view.getUint32(at, true) + b) >>> 0;
    b = (b + view.getUint32(at + 4, true) + a) >>> 0;
  }
  return [a, b];
}

function isSum([a, b]: Sums, buffer: Buffer, at: number): boolean {
  return buffer.readUInt32BE(at) === a && buffer.readUInt32BE(at + 4) === b;
}
