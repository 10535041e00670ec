/** One process at a time moves the log into the file; what is in it, and how large it gets, is looked after. */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { resetSync } from "@logtape/logtape";
import fc from "fast-check";
import Libsql from "libsql";
import { Checkpointer, USUAL } from "../../../src/database/file/checkpointer.ts";
import { FileLock } from "../../../src/database/file/filelock.ts";
import { readLogState } from "../../../src/database/file/logfile.ts";
import { DatabaseThread } from "../../../src/database/thread.ts";
import { startLog } from "../../../src/log/log.ts";
import { atTheEnd, emptyFolder, stopEverything } from "../../harness/cleanup.ts";
import { until } from "../../harness/until.ts";

setDefaultTimeout(30_000);
afterAll(stopEverything);
afterEach(() => {
  startLog({ level: "info", format: "json" }, () => undefined);
  resetSync();
});

const OFTEN = { ...USUAL, everyMs: 5, againMs: 20 };
const TABLE = "CREATE TABLE things (id INTEGER PRIMARY KEY, body BLOB)";
const FILL = "INSERT INTO things (body) SELECT randomblob(4000) FROM json_each(?)";

async function opened() {
  const path = join(emptyFolder(), "inlet.db");
  const writer = new DatabaseThread({ url: `file:${path}`, authToken: null }, "writing");
  atTheEnd(() => writer.close());
  await writer.write([TABLE]);
  const fill = (pages: number) => writer.write([{ sql: FILL, args: [JSON.stringify(Array(pages).fill(0))] }]);
  const start = (options = OFTEN) => {
    const checkpointer = new Checkpointer(path, writer.checkpoint, () => undefined, options);
    checkpointer.start();
    let isStopped = false;
    const stop = async () => {
      if (!isStopped) (await checkpointer.stop())?.release();
      isStopped = true;
    };
    atTheEnd(stop);
    return { stop };
  };
  return { path, fill, start };
}

test("a log of 4,000 pages is moved, and begins anew in the same room", async () => {
  const { path, fill, start } = await opened();
  start();
  for (let i = 0; i < 6; i++) {
    await fill(4_000);
    await until("the log begins anew", () => (readLogState(path)?.pages ?? 4_000) < 100 || null);
    expect(statSync(path).size).toBeGreaterThan((i + 1) * 4_000 * 4_096);
  }
  expect(statSync(`${path}-wal`).size).toBeLessThan(33 * 1024 * 1024);
});

test("while another process has the lock nothing is moved; when it is killed, somebody else does", async () => {
  const { path, fill, start } = await opened();
  const source = `require(${JSON.stringify(join(import.meta.dir, "../../../src/database/file/filelock.ts"))}).FileLock.take(${JSON.stringify(path)}).holdForLong(true); console.log("held"); setInterval(() => {}, 1000)`;
  const holder = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" });
  atTheEnd(() => holder.kill("SIGKILL"));
  await holder.stdout.getReader().read();
  expect(FileLock.take(path)).toBeNull();
  expect(FileLock.isHeldForLong(path)).toBe(true);
  await fill(5_000);
  const size = statSync(path).size;
  start();
  await Bun.sleep(100); // that nothing happens cannot be waited for
  expect(statSync(path).size).toBe(size);
  holder.kill("SIGKILL");
  await until("the log is moved", () => statSync(path).size > size || null);
});

test("a reader that does not end lets the log grow, which is told; after its end the file is small again", async () => {
  const lines: string[] = [];
  startLog({ level: "info", format: "json" }, (line) => lines.push(line));
  const { path, fill, start } = await opened();
  await fill(10);
  const reader = new Libsql(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM things").all();
  start({ ...OFTEN, largeBytes: 40 * 1024 * 1024 });
  for (let i = 0; i < 12; i++) await fill(1_000);
  await until("the operator is told", () => lines.find((line) => line.includes("cannot be emptied")));
  expect(readLogState(path)?.pages).toBeGreaterThan(12_000);
  reader.exec("COMMIT");
  await until("the file is small again", () => statSync(`${path}-wal`).size < 33 * 1024 * 1024 || null);
  expect(lines.filter((line) => line.includes("cannot be emptied"))).toHaveLength(1);
});

test("how many pages a log has is what the engine says", async () => {
  const { path, fill } = await opened();
  const other = new Libsql(path);
  other.exec("PRAGMA wal_autocheckpoint = 0");
  for (const size of fc.sample(fc.integer({ min: 1, max: 60 }), 30)) {
    await fill(size);
    const [moved] = other.prepare("PRAGMA wal_checkpoint(PASSIVE)").all() as { log: number }[];
    // All of it: the next commit begins the log anew, in the same file.
    expect(readLogState(path)?.pages).toBe(moved?.log);
  }
  other.close();
});
