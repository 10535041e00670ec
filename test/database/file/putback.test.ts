import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { putLogBack } from "../../../src/database/file/putback.ts";
import { emptyFolder } from "../../harness/cleanup.ts";

const PAGE_BYTES = 512;
const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + PAGE_BYTES;

function header(salt: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES, salt);
  bytes.writeUInt32BE(PAGE_BYTES, 8);
  return bytes;
}

/** A log of as many pages as there are numbers, each filled with its own. */
function logOf(salt: number, pages: readonly number[]): Buffer {
  return Buffer.concat([header(salt), ...pages.map((page) => Buffer.alloc(FRAME_BYTES, page))]);
}

/** What lies under the log's name after the one with these bytes was put back; `null` where it could not be. */
function putBack(held: Buffer, there: (path: string) => void): Buffer | null {
  const folder = emptyFolder();
  const files = { heldLog: join(folder, "held"), logPath: join(folder, "inlet.db-wal") };
  writeFileSync(files.heldLog, held);
  there(files.logPath);
  return putLogBack(files) ? readFileSync(files.logPath) : null;
}

const held = logOf(7, [1, 2, 3]);

test("a log whose name is free is put back, readable by its owner alone", () => {
  expect(putBack(held, () => undefined)).toEqual(held);
  const folder = emptyFolder();
  const files = { heldLog: join(folder, "held"), logPath: join(folder, "inlet.db-wal") };
  writeFileSync(files.heldLog, held);
  expect(putLogBack(files)).toBe(true);
  expect(statSync(files.logPath).mode & 0o777).toBe(0o600);
});

test("a log that was begun in its place is filled", () => {
  expect(putBack(held, (path) => writeFileSync(path, ""))).toEqual(held);
});

test("what was committed into a log that was begun in its place stays, in its own place", () => {
  const merged = putBack(held, (path) => {
    const fd = openSync(path, "w");
    writeSync(fd, Buffer.alloc(FRAME_BYTES, 9), 0, FRAME_BYTES, HEADER_BYTES + 3 * FRAME_BYTES);
    closeSync(fd);
  });
  expect(merged).toEqual(logOf(7, [1, 2, 3, 9]));
});

test("a copy that another process put there first is completed", () => {
  expect(putBack(held, (path) => writeFileSync(path, logOf(7, [1, 2])))).toEqual(held);
});

test("another log is left alone", () => {
  expect(putBack(held, (path) => writeFileSync(path, logOf(8, [1])))).toBeNull();
});
