/** A backup is put back under a service that was stopped or died: it holds what was backed up, or is refused. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, cpSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { PREPARED_NUMBER, startPrepared } from "../harness/prepared.ts";
import { type Server, startServer } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

/** Sends so many texts of so many characters, fifty at a time. */
async function send(server: Server, count: number, length = 150): Promise<void> {
  let left = count;
  const text = "x".repeat(length);
  const one = async () => {
    while (left-- > 0) await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, text));
  };
  await Promise.all(Array.from({ length: 50 }, one));
}

/**
 * Reads the database in a process of its own, which holds nothing of it afterwards: here a closed connection keeps its
 * locks until its statements are collected, and a service that stops would not be alone.
 */
function read<T>(folder: string, source: string): T {
  const code = `const { Database } = require("bun:sqlite"); const [path] = process.argv.slice(1); ${source}`;
  const { stdout, stderr, exitCode } = Bun.spawnSync([
    process.execPath,
    "-e",
    code,
    join(folder, "inlet.db"),
  ]);
  if (exitCode !== 0) throw new Error(`it could not be read: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as T;
}

/** Of the file, through whatever log lies beside it. */
function content(folder: string): { texts: number; check: string } {
  return read(
    folder,
    `const database = new Database(path);
    const { texts } = database.query("SELECT count(*) AS texts FROM messages").get();
    const { integrity_check: check } = database.query("PRAGMA integrity_check").get();
    console.log(JSON.stringify({ texts, check }));`,
  );
}

/** The file that `sqlite3 inlet.db ".backup b.db"` gives: the pages as they are now. */
function backup(folder: string): string {
  return read<string>(
    folder,
    `const copy = path.replace(/inlet.db$/, "backup");
    require("node:fs").writeFileSync(copy, new Database(path, { readonly: true }).serialize());
    console.log(JSON.stringify(copy));`,
  );
}

function databaseFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("inlet.db"))
    .sort();
}

/** One log that was never moved into the file, and one that was, and began anew: it is, at 16 MB. */
const LOADS = [
  { texts: 60, length: 150 },
  { texts: 300, length: 30_000 },
];

for (const { texts, length } of LOADS) {
  test(`after a clean stop there is only the file, and a backup put in its place is what is served (${texts} texts)`, async () => {
    const server = await startPrepared();
    await send(server, texts, length);
    const copy = backup(server.folder);
    await send(server, texts, length);
    expect(await server.stop()).toBe(0);
    expect(databaseFiles(server.folder)).toEqual(["inlet.db"]);
    expect(content(server.folder)).toEqual({ texts: 2 * texts, check: "ok" });
    copyFileSync(copy, join(server.folder, "inlet.db"));
    const restored = await startServer({ folder: server.folder, telnyx: server.telnyx });
    await send(restored, 5);
    expect(await restored.stop()).toBe(0);
    expect(content(server.folder)).toEqual({ texts: texts + 5, check: "ok" });
  });

  for (const how of ["made while it served", "copied while it was stopped"]) {
    test(`after a kill a backup is refused until the log is moved away (${how}, ${texts} texts)`, async () => {
      let server = await startPrepared();
      const { folder } = server;
      await send(server, texts, length);
      const copy = backup(folder);
      if (how === "copied while it was stopped") {
        await server.stop();
        copyFileSync(join(folder, "inlet.db"), copy);
        server = await startServer({ folder, telnyx: server.telnyx });
      }
      await send(server, texts, length);
      await server.kill();
      copyFileSync(copy, join(folder, "inlet.db"));
      const before = statSync(join(folder, "inlet.db-wal")).size;
      // Asked twice: the first answer does not change what the second one finds.
      for (const args of [["serve"], ["messages", "list"], ["serve"]]) {
        const { code, stderr } = await inlet(folder, args, { PORT: "0" });
        expect(code, stderr).toBe(1);
        expect(stderr).toContain("inlet.db-wal is not the log of the database");
        expect(stderr).toContain("move ");
      }
      expect(statSync(join(folder, "inlet.db-wal")).size).toBe(before);
      for (const end of ["-wal", "-shm"])
        renameSync(join(folder, `inlet.db${end}`), join(folder, `away${end}`));
      const restored = await startServer({ folder, telnyx: server.telnyx });
      expect(await restored.stop()).toBe(0);
      expect(content(folder)).toEqual({ texts, check: "ok" });
    });
  }
}

test("a copy of all the files of a service that died is taken up, wherever it lies", async () => {
  const server = await startPrepared();
  await send(server, 200);
  await server.kill();
  const elsewhere = emptyFolder();
  for (const name of databaseFiles(server.folder)) cpSync(join(server.folder, name), join(elsewhere, name));
  const copy = await startServer({ folder: elsewhere, telnyx: server.telnyx });
  await send(copy, 5);
  expect(await copy.stop()).toBe(0);
  expect(databaseFiles(elsewhere)).toEqual(["inlet.db"]);
  expect(content(elsewhere)).toEqual({ texts: 205, check: "ok" });
});

test("a log without its database is not taken for an empty one", async () => {
  const server = await startPrepared();
  await send(server, 1);
  await server.kill();
  renameSync(join(server.folder, "inlet.db"), join(server.folder, "away.db"));
  const { code, stderr } = await inlet(server.folder, ["serve"], { PORT: "0" });
  expect(code).toBe(1);
  expect(stderr).toContain("is missing, but its log");
  expect(databaseFiles(server.folder)).not.toContain("inlet.db");
  copyFileSync(join(server.folder, "away.db"), join(server.folder, "inlet.db"));
  const again = await startServer({ folder: server.folder, telnyx: server.telnyx });
  expect(await again.stop()).toBe(0);
});

test("of many that stop at once the last one leaves only the file", async () => {
  const server = await startPrepared({ args: ["--workers", "3"] });
  await send(server, 100);
  const commands = Array.from({ length: 6 }, () => inlet(server.folder, ["accounts", "list"]));
  expect(await server.stop()).toBe(0);
  for (const { code, stderr } of await Promise.all(commands)) expect(code, stderr).toBe(0);
  expect(databaseFiles(server.folder)).toEqual(["inlet.db"]);
  expect(content(server.folder)).toEqual({ texts: 100, check: "ok" });
});
