/** A copy made under load is whole, and put back it is served, and its clients are told; whatever is killed on the way. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileLock } from "../../src/database/file/filelock.ts";
import { binary } from "../harness/binary.ts";
import { emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { bareEnv, inlet, inletJson } from "../harness/cli.ts";
import { addTenantByCommands, type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

const NUMBER = "+14155550001";

interface Copied {
  readonly file: string;
  readonly messages: number;
  readonly cursor: string;
  readonly replaced?: string | null;
}

/** Sends so many texts, thirty at a time. */
async function send({ url, telnyx }: Server, count: number, text = "x".repeat(300)): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await deliver(url, telnyx, smsEvent(NUMBER, text));
  };
  await Promise.all(Array.from({ length: 30 }, one));
}

/** Sends until it is stopped; resolves to how many were acknowledged. */
function load(server: Server): () => Promise<number> {
  let isOver = false;
  let count = 0;
  const one = async () => {
    for (; !isOver; count++) await deliver(server.url, server.telnyx, smsEvent(NUMBER, `load ${count}`));
  };
  const all = Promise.all([one(), one(), one()]);
  return async () => {
    isOver = true;
    await all;
    return count;
  };
}

function look<T>(path: string, sql: string): T {
  const database = new Database(path, { readonly: true });
  try {
    return database.query(sql).get() as T;
  } finally {
    database.close();
  }
}
const texts = (path: string) => look<{ n: number }>(path, "SELECT count(*) AS n FROM messages").n;
const epochOf = (cursor: string) => cursor.split("-")[0];

async function serving(texts: number): Promise<Server> {
  const server = await startServer();
  await addTenantByCommands(server.folder, NUMBER);
  await send(server, texts);
  return server;
}

test("a copy made under load is whole, of another epoch, its owner's alone, and no stream ends for it", async () => {
  const server = await startServer();
  const { folder } = server;
  const { key } = await addTenantByCommands(folder, NUMBER);
  const stream = await connect(server.url, { key });
  await send(server, 500);
  const stop = load(server);
  const copies: Copied[] = [];
  for (const name of ["a.db", "b.db", "c.db"])
    copies.push(await inletJson<Copied>(folder, ["database", "backup", name]));
  const acknowledged = 500 + (await stop());
  for (const { file, messages } of copies) {
    expect(texts(file)).toBe(messages);
    expect(look(file, "PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  const counts = copies.map(({ messages }) => messages);
  expect(counts[0]).toBeGreaterThanOrEqual(500);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(new Set([stream.events[0]?.id ?? "", ...copies.map(({ cursor }) => cursor)].map(epochOf)).size).toBe(
    4,
  );
  await stream.messageCount(acknowledged);
  expect(stream.ended).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);

  const again = await inlet(folder, ["database", "backup", "a.db"]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("a.db exists, and nothing is overwritten");
  for (const end of ["-wal", "-lock"]) {
    const own = await inlet(folder, ["database", "backup", `inlet.db${end}`]);
    expect(own.code, own.stderr).toBe(1);
  }
  const before = await Bun.file(join(folder, "a.db")).bytes();
  const checked = await inlet(folder, ["database", "check", "a.db", "--json"]);
  expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, database: "a.db", findings: [] });
  expect(Buffer.compare(await Bun.file(join(folder, "a.db")).bytes(), before)).toBe(0);
  expect(await server.stop()).toBe(0);
});

test("a backup that is killed leaves nothing under the name, and the next one takes its rest away", async () => {
  const server = await serving(3_000);
  const { folder } = server;
  let partial = 0;
  for (let ms = 0; ms < 100; ms += 20) {
    const child = Bun.spawn([await binary(), "database", "backup", "copy.db"], {
      cwd: folder, env: bareEnv(), stdin: "ignore", stdout: "ignore", stderr: "ignore",
    }); // biome-ignore format: options
    await until("it has begun", () => existsSync(join(folder, "copy.db.part")) || child.exitCode !== null);
    await Bun.sleep(ms);
    child.kill("SIGKILL");
    await child.exited;
    if (existsSync(join(folder, "copy.db.part"))) partial++;
    if (!existsSync(join(folder, "copy.db"))) continue;
    expect(look(join(folder, "copy.db"), "PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    break;
  }
  expect(partial).toBeGreaterThan(0);
  const { file, messages } = await inletJson<Copied>(folder, ["database", "backup", "other.db"]);
  expect(texts(file)).toBe(messages);
  await send(server, 5);
  expect(await server.stop()).toBe(0);
});

test("a backup that is interrupted takes its rest away", async () => {
  const server = await serving(2_000);
  const { folder } = server;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = Bun.spawn([await binary(), "database", "backup", "copy.db"], {
      cwd: folder, env: bareEnv(), stdin: "ignore", stdout: "ignore", stderr: "ignore",
    }); // biome-ignore format: options
    await until("it has begun", () => existsSync(join(folder, "copy.db.part")) || child.exitCode !== null);
    child.kill(signal);
    await child.exited;
    // Or it was quicker.
    expect(child.signalCode ?? "ended").toBe(existsSync(join(folder, "copy.db")) ? "ended" : signal);
    expect(existsSync(join(folder, "copy.db.part"))).toBe(false);
  }
  expect(await server.stop()).toBe(0);
});

test("a missing database is not made to be backed up, and no other is begun", async () => {
  const folder = emptyFolder();
  for (const args of [["backup", "a.db"], ["check"], ["new-epoch"]]) {
    const { code, stderr } = await inlet(folder, ["database", ...args]);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain("cannot open the database file:inlet.db");
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("a restored copy is told of: a client from after it gets a gap, and everything that is sent then", async () => {
  const server = await startServer();
  const { folder, telnyx } = server;
  const { key } = await addTenantByCommands(folder, NUMBER);
  await send(server, 200);
  const { file } = await inletJson<Copied>(folder, ["database", "backup", "copy.db"]);
  const client = await connect(server.url, { key });
  await send(server, 100);
  await client.messageCount(100);
  const beside = await inlet(folder, ["database", "restore", file]);
  expect(beside.code).toBe(1);
  expect(beside.stderr).toContain("is in use: stop the service");
  await send(server, 1);
  // Its log holds what was acknowledged last.
  await server.kill();
  const restored = await inletJson<Copied>(folder, ["database", "restore", file]);
  expect(restored.messages).toBe(200);
  expect(texts(restored.replaced ?? "")).toBe(301);
  expect(statSync(join(folder, "inlet.db")).mode & 0o777).toBe(0o600);
  const left = readdirSync(folder).filter((name) => !name.includes("replaced"));
  expect(left.sort()).toEqual(["copy.db", "inlet.db"]);

  const again = await startServer({ folder, telnyx });
  // As many as there were, so that the old cursor is no later than the newest message.
  await send(again, 150);
  const back = await connect(again.url, { key, lastEventId: client.lastEventId ?? "" });
  await until("the gap is told", () => back.of("gap").length > 0);
  expect(back.of("gap")[0]?.data).toMatchObject({ reason: "unknown_cursor" });
  await deliver(again.url, telnyx, smsEvent(NUMBER, "after"));
  await back.messageCount(1);
  expect(back.bodies).toEqual(["after"]);
  expect(await again.stop()).toBe(0);
  expect(texts(join(folder, "inlet.db"))).toBe(351);
  // The same copy again has another epoch.
  const twice = await inletJson<Copied>(folder, ["database", "restore", file]);
  expect(epochOf(twice.cursor)).not.toBe(epochOf(restored.cursor));
});

test("a restore that is killed leaves the old database or the new one, whole", async () => {
  const server = await serving(2_000);
  const { folder, telnyx } = server;
  const { file } = await inletJson<Copied>(folder, ["database", "backup", "copy.db"]);
  await send(server, 10);
  await server.kill();
  const found = new Set<number>();
  for (let ms = 30; ms < 900 && !found.has(2_000); ms += 70) {
    const child = Bun.spawn([await binary(), "database", "restore", file], {
      cwd: folder, env: bareEnv(), stdin: "ignore", stdout: "ignore", stderr: "ignore",
    }); // biome-ignore format: options
    await Bun.sleep(ms);
    child.kill("SIGKILL");
    await child.exited;
    const { code, stdout, stderr } = await inlet(folder, ["database", "check", "--json"]);
    expect(code, stderr).toBe(0);
    found.add((JSON.parse(stdout) as Copied).messages);
  }
  expect([...found]).toEqual([2_010, 2_000]);
  const again = await startServer({ folder, telnyx });
  await send(again, 5);
  expect(await again.stop()).toBe(0);
  expect(texts(join(folder, "inlet.db"))).toBe(2_005);
});

test("nobody starts with a database that is being restored, and a restore that died keeps nobody away", async () => {
  const server = await serving(10);
  const { folder } = server;
  expect(await server.stop()).toBe(0);
  const lock = FileLock.take(join(folder, "inlet.db"));
  lock?.holdForRestore();
  for (const args of [["serve"], ["accounts", "list"], ["database", "backup", "copy.db"]]) {
    const { code, stderr } = await inlet(folder, args, { PORT: "0" });
    expect(code, stderr).toBe(1);
    expect(stderr).toContain("is being restored: wait until that has ended");
  }
  lock?.release();
  expect((await inlet(folder, ["accounts", "list"])).code).toBe(0);
});

test("what is no copy of ours, or is not whole, is refused, and nothing is changed", async () => {
  const server = await serving(300);
  const { folder } = server;
  const { file } = await inletJson<Copied>(folder, ["database", "backup", "copy.db"]);
  expect(await server.stop()).toBe(0);
  const before = await Bun.file(join(folder, "inlet.db")).bytes();
  const bytes = await Bun.file(file).bytes();
  const made = (name: string, change: (database: Database) => void) => {
    copyFileSync(file, join(folder, name));
    const database = new Database(join(folder, name));
    change(database);
    database.close();
  };
  writeFileSync(join(folder, "text.db"), "no database at all".repeat(1_000));
  writeFileSync(join(folder, "short.db"), bytes.slice(0, bytes.length - 8_192));
  writeFileSync(join(folder, "empty.db"), "");
  made("newer.db", (database) =>
    database.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9e15)"),
  );
  made("foreign.db", (database) => database.run("DROP TABLE __drizzle_migrations"));
  made("bare.db", (database) => database.run("DROP INDEX messages_account"));
  writeFileSync(join(folder, "logged.db"), bytes);
  writeFileSync(join(folder, "logged.db-wal"), "log");
  const expected = {
    "text.db": "no database",
    "short.db": "cannot be restored",
    "empty.db": "it is empty",
    "newer.db": "newer version",
    "foreign.db": "no database of Inlet's",
    "bare.db": "index messages_account is missing",
    "logged.db": "is not whole without logged.db-wal",
    "inlet.db": "is the database itself",
    "missing.db": "does not exist",
  };
  for (const name of ["text.db", "short.db", "empty.db", "newer.db", "missing.db"])
    expect((await inlet(folder, ["database", "check", name])).code, name).toBe(1);
  expect(existsSync(join(folder, "missing.db"))).toBe(false);
  for (const [name, sentence] of Object.entries(expected)) {
    const { code, stderr } = await inlet(folder, ["database", "restore", name]);
    expect(code, name).toBe(1);
    expect(stderr, name).toContain(sentence);
  }
  expect(Buffer.compare(await Bun.file(join(folder, "inlet.db")).bytes(), before)).toBe(0);
  expect(readdirSync(folder).filter((name) => /restoring|replaced|-lock/.test(name))).toEqual([]);
});

test("a damaged database is replaced, and kept with its log", async () => {
  const server = await serving(300);
  const { folder, telnyx } = server;
  const { file } = await inletJson<Copied>(folder, ["database", "backup", "copy.db"]);
  await server.kill();
  const damaged = Buffer.alloc(100_000, "damaged");
  writeFileSync(join(folder, "inlet.db"), damaged);
  const log = await Bun.file(join(folder, "inlet.db-wal")).bytes();
  const checked = await inlet(folder, ["database", "check", "--json"]);
  expect(checked.code).toBe(1);
  const { replaced } = await inletJson<Copied>(folder, ["database", "restore", file]);
  expect(Buffer.compare(await Bun.file(replaced ?? "").bytes(), damaged)).toBe(0);
  expect(Buffer.compare(await Bun.file(`${replaced}-wal`).bytes(), log)).toBe(0);
  const again = await startServer({ folder, telnyx });
  expect(await again.stop()).toBe(0);
  expect(texts(join(folder, "inlet.db"))).toBe(300);
});

test("a new epoch reaches open streams: they end, and come back to a gap", async () => {
  const server = await startServer();
  const { key } = await addTenantByCommands(server.folder, NUMBER);
  const client = await connect(server.url, { key });
  await send(server, 1);
  await client.messageCount(1);
  await inletJson(server.folder, ["database", "new-epoch"]);
  await client.end();
  const back = await connect(server.url, { key, lastEventId: client.lastEventId ?? "" });
  await until("the gap is told", () => back.of("gap").length > 0);
  expect(await server.stop()).toBe(0);
});
