/**
 * Beside a program that does what Litestream does: a read transaction that is always open, checkpoints of its own under a
 * write lock, two tables of its own. Litestream itself cannot be had here; this plays what its source does (db.go).
 */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { atTheEnd, stopEverything } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenantByCommands, type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

const NUMBER = "+14155550001";

/** It says what each of its checkpoints answered. Every fifth is a TRUNCATE, which Litestream makes of a log that grew too large. */
const LITESTREAM = `
const { Database } = require("bun:sqlite");
const path = process.argv[1];
const [writer, reader] = [new Database(path), new Database(path)];
for (const each of [writer, reader]) {
  each.run("PRAGMA busy_timeout = 1000");
  each.run("PRAGMA wal_autocheckpoint = 0");
}
writer.run("CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)");
writer.run("CREATE TABLE IF NOT EXISTS _litestream_lock (id INTEGER)");
const hold = () => { reader.run("BEGIN"); reader.query("SELECT count(1) FROM _litestream_seq").get(); };
hold();
let n = 0;
setInterval(() => {
  const mode = ++n % 5 === 0 ? "TRUNCATE" : "PASSIVE";
  try {
    if (mode === "PASSIVE") { writer.run("BEGIN"); writer.run("INSERT INTO _litestream_lock (id) VALUES (1)"); }
    reader.run("ROLLBACK");
    // The checkpoint of a passive one is made by another connection of its pool, while that transaction is open.
    const answer = (mode === "PASSIVE" ? reader : writer).query("PRAGMA wal_checkpoint(" + mode + ")").get();
    if (mode === "PASSIVE") writer.run("ROLLBACK");
    hold();
    writer.run("INSERT INTO _litestream_seq (id, seq) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET seq = seq + 1");
    console.log(mode, JSON.stringify(answer));
  } catch (error) {
    console.log("error", mode, error.message);
    for (const each of [writer, reader]) if (each.inTransaction) each.run("ROLLBACK");
    hold();
  }
}, 200);`;

function litestream(folder: string) {
  const child = Bun.spawn([process.execPath, "-e", LITESTREAM, join(folder, "inlet.db")], {
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  void (async () => {
    for await (const chunk of child.stdout) said += new TextDecoder().decode(chunk);
  })();
  atTheEnd(() => child.kill());
  return {
    said: () => said,
    stop: async () => {
      child.kill();
      await child.exited;
    },
  };
}

/** Sends until it is stopped; resolves to what was acknowledged. */
function load(server: Server): () => Promise<Set<string>> {
  const acknowledged = new Set<string>();
  let isOver = false;
  let count = 0;
  const one = async () => {
    while (!isOver) {
      const text = `text ${++count} ${"x".repeat(500)}`;
      const { status } = await sendWebhook(server.url, server.telnyx, smsEvent(NUMBER, text));
      if (status === 200) acknowledged.add(text);
    }
  };
  const all = Promise.all(Array.from({ length: 10 }, one));
  return async () => {
    isOver = true;
    await all;
    return acknowledged;
  };
}

test("nothing is lost, the log stays small, and what it would restore is restored", async () => {
  const server = await startServer();
  const { folder } = server;
  const { key } = await addTenantByCommands(folder, NUMBER);
  const other = litestream(folder);
  await until("it has begun", () => other.said().includes("PASSIVE"));
  const client = await connect(server.url, { key });
  const stop = load(server);
  await until(
    "it has made checkpoints of both kinds",
    () => other.said().split("TRUNCATE").length > 5,
    60_000,
  );
  const acknowledged = await stop();
  await client.messageCount(acknowledged.size);
  expect(new Set(client.bodies)).toEqual(acknowledged);
  expect(statSync(join(folder, "inlet.db-wal")).size).toBeLessThan(64 * 1024 * 1024);
  expect(await inletJson<object>(folder, ["database", "check"])).toMatchObject({ ok: true });
  const { file } = await inletJson<{ file: string }>(folder, ["database", "backup", "copy.db"]);
  expect(await server.stop()).toBe(0);

  // The service is gone, it is still there: the log stays, and the next start takes it up.
  expect(readdirSync(folder)).toContain("inlet.db-wal");
  const refused = await inlet(folder, ["database", "restore", file]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("is in use");
  const again = await startServer({ folder, telnyx: server.telnyx });
  const more = load(again);
  await until("more is stored", () => other.said().split("TRUNCATE").length > 7, 60_000);
  const total = acknowledged.size + (await more()).size;
  await other.stop();
  expect(await again.stop()).toBe(0);
  expect(readdirSync(folder)).not.toContain("inlet.db-wal");
  const database = new Database(join(folder, "inlet.db"));
  expect(database.query("SELECT count(*) AS n FROM messages").get()).toEqual({ n: total });
  expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  // What litestream restore gives: the same pages, its tables among them, and the epoch of before.
  database.run("VACUUM INTO ?", [join(folder, "replica.db")]);
  database.close(true);
  const restored = await inletJson<{ messages: number; cursor: string }>(folder, [
    "database",
    "restore",
    "replica.db",
  ]);
  expect(restored.messages).toBe(total);
  expect(restored.cursor.split("-")[0]).not.toBe(client.lastEventId?.split("-")[0]);
  const back = await startServer({ folder, telnyx: server.telnyx });
  expect(await back.stop()).toBe(0);
});
