/** Several processes at one file: what was acknowledged is stored, and nobody is turned away. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "../../src/database/connection.ts";
import { openDatabase } from "../../src/database/open.ts";
import { PATIENT } from "../../src/database/roles.ts";
import { CommandError } from "../../src/errors.ts";
import { binary } from "../harness/binary.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, inlet } from "../harness/cli.ts";
import { startServer } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { contend } from "./contender.ts";

setDefaultTimeout(60_000);
const LONG_MS = 60_000;
const newUrl = () => `file:${join(emptyFolder(), "inlet.db")}`;

for (const busyTimeoutMs of [0, 1, 20]) {
  test(`what four processes were told is stored is stored, once, with a busy timeout of ${busyTimeoutMs} ms`, async () => {
    const url = newUrl();
    const database = await openDatabase({ url, authToken: null });
    const tasks = ["a", "b", "c", "d"].map(
      (name) => ({ url, does: "store", name, busyTimeoutMs, commits: 100, rows: 3 }) as const,
    );
    const contenders = await contend(tasks);
    // This process writes too, and must not be locked out by the others.
    const own: string[] = [];
    await until(
      "all are done",
      async () => {
        const sql = "INSERT INTO tombstones VALUES (?, 0) RETURNING id";
        const [result] = await database.write([{ sql, args: [`own-${own.length}`] }]);
        own.push(String(result?.rows[0]?.id));
        return contenders.every(({ ended }) => ended() !== null);
      },
      LONG_MS,
    );
    expect(contenders.map(({ ended }) => ended())).toEqual([0, 0, 0, 0]);
    const acknowledged = contenders.flatMap(({ said }) => said).sort();
    const stored = await database.read("SELECT message_id FROM messages ORDER BY message_id");
    expect(acknowledged).toEqual(stored.rows.map((row) => String(row.message_id)).sort());
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(acknowledged.length).toBeGreaterThan(400);
    const kept = await database.read("SELECT count(*) AS n FROM tombstones");
    expect(kept.rows[0]?.n).toBe(own.length);
    expect((await database.read("PRAGMA integrity_check")).rows[0]?.integrity_check).toBe("ok");
    await database.close();
  });
}

test("of six processes that find no database one makes it, each migration is applied once, and all go on", async () => {
  for (let round = 0; round < 4; round++) {
    const url = newUrl();
    const contenders = await contend(Array.from({ length: 6 }, () => ({ url, does: "open" }) as const));
    await until("all are done", () => contenders.every(({ ended }) => ended() !== null), LONG_MS);
    expect(contenders.map(({ ended }) => ended())).toEqual([0, 0, 0, 0, 0, 0]);
    const said = contenders.map(({ said: [line] }) => JSON.parse(line ?? ""));
    expect(said.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(said.map(({ epoch }) => epoch)).size).toBe(1);
    const database = await openDatabase({ url, authToken: null });
    const ledger = await database.read("SELECT created_at FROM __drizzle_migrations");
    expect(ledger.rows.length).toBeGreaterThan(0);
    expect(said.reduce((sum, { migrated }) => sum + migrated, 0)).toBe(ledger.rows.length);
    expect(new Set(ledger.rows.map((row) => row.created_at)).size).toBe(ledger.rows.length);
    expect((await database.read("SELECT count(*) AS n FROM installation")).rows[0]?.n).toBe(1);
    expect(database).toMatchObject({ created: false, migrated: 0 });
    await database.close();
  }
});

test("a server whose database is written by others reads on, and its own writes are kept", async () => {
  const server = await startServer();
  const url = `file:${join(server.folder, "inlet.db")}`;
  const task = { url, does: "store", busyTimeoutMs: 0, commits: 150, rows: 2 } as const;
  const contenders = await contend([
    { ...task, name: "a" },
    { ...task, name: "b" },
  ]);
  const outcomes: string[] = [];
  await until("all are done", async () => {
    outcomes.push(
      await deliver(server.url, server.telnyx, smsEvent("+14155550000", `text ${outcomes.length}`)),
    );
    return contenders.every(({ ended }) => ended() !== null);
  });
  const database = await openDatabase({ url, authToken: null });
  const { rows } = await database.read(`SELECT body FROM messages WHERE "to" = '+14155550000' ORDER BY seq`);
  expect(rows.map(({ body }) => body)).toEqual(outcomes.map((_, i) => `text ${i}`));
  await database.close();
});

test("the files beside each other are the owner's alone: database, its log, its shared memory, the key", async () => {
  const server = await startServer({ args: ["--development"] });
  await deliver(server.url, server.telnyx, smsEvent("+14155550000", "so that there is a log"));
  for (const end of ["", "-wal", "-shm", ".development.key"]) {
    const { mode } = statSync(join(server.folder, `inlet.db${end}`));
    expect(`${end} ${(mode & 0o777).toString(8)}`).toBe(`${end} 600`);
  }
});

test("servers in development mode that start together trust one and the same key", async () => {
  const folder = emptyFolder();
  await inlet(folder, ["accounts", "list"]);
  const servers = await Promise.all([1, 2, 3].map(() => startServer({ folder, args: ["--development"] })));
  for (const { url } of servers) {
    const ran = await inlet(folder, ["simulate", "--to", "+14155550000", "--url", url]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
  }
});

test("a newer Inlet's database is refused, and not touched", async () => {
  const folder = emptyFolder();
  const config = { url: `file:${join(folder, "inlet.db")}`, authToken: null };
  await (await openDatabase(config)).close();
  const newer = new Connection(config, PATIENT);
  await newer.write(["INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)"]);
  await newer.write(["DROP TABLE tombstones"]);
  const error = await openDatabase(config).catch((reason) => reason);
  expect(error).toBeInstanceOf(CommandError);
  expect(error.message).toContain("newer");
  for (const args of [["serve"], ["accounts", "list"]]) {
    const ran = await inlet(folder, args, { PORT: "0" });
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("newer version of Inlet") });
  }
  const tables = await newer.read("SELECT name FROM sqlite_schema WHERE name = 'tombstones'");
  expect(tables.rows).toEqual([]);
  await newer.close();
});

/** As somebody whom permissions hold back. */
async function asNobody(folder: string, args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const drop =
    process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const command = [...drop, await binary(), ...args];
  const child = Bun.spawn(command, {
    cwd: folder,
    env: bareEnv({ PORT: "0" }),
    stdout: "pipe",
    stderr: "pipe",
  });
  return { code: await child.exited, stderr: await new Response(child.stderr).text() };
}

for (const args of [["accounts", "list"], ["serve"], ["serve", "--development"]]) {
  test(`inlet ${args.join(" ")} in a folder that may not be written says so`, async () => {
    const folder = emptyFolder();
    chmodSync(folder, 0o555);
    const { code, stderr } = await asNobody(folder, args);
    expect(stderr).toMatch(/^error: cannot open the database file:inlet\.db: EACCES\..*DATABASE_URL\n$/s);
    expect(code).toBe(1);
  });

  test(`inlet ${args.join(" ")} with a database in a folder that may not be written says so`, async () => {
    const folder = emptyFolder();
    await (await openDatabase({ url: `file:${join(folder, "inlet.db")}`, authToken: null })).close();
    chmodSync(join(folder, "inlet.db"), 0o666);
    chmodSync(folder, 0o555);
    const { code, stderr } = await asNobody(folder, args);
    expect(stderr).toMatch(/^error: (cannot|.*writable)/);
    expect(stderr).not.toContain("something went wrong");
    expect(code).toBe(1);
  });
}

test("a folder that is missing, and a file that is no database, are named", async () => {
  const folder = emptyFolder();
  const missing = await inlet(folder, ["accounts", "list"], { DATABASE_URL: "file:nowhere/inlet.db" });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/^error: .*nowhere\/inlet\.db: ENOENT/);
  writeFileSync(join(folder, "inlet.db"), "This is a letter to my mother.\n".repeat(200));
  const letter = await inlet(folder, ["accounts", "list"]);
  expect(letter.code).toBe(1);
  expect(letter.stderr).toMatch(/^error: .*inlet\.db.* not a database/);
});
