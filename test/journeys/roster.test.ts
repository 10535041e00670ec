/** Who is connected, asked of every process over one database; and the way of one message. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);

interface Stream {
  readonly key_id: number;
  readonly key_name: string;
  readonly account_name: string;
  readonly address: string;
  readonly since: string;
  readonly behind: number;
  readonly state: string;
  readonly cursor: string;
  readonly process: string;
}

test("the streams of all processes are listed, a message says to how many it went, and nothing is left behind", async () => {
  const server = await startServer();
  const second = await startServer({ folder: server.folder, telnyx: server.telnyx });
  const mine = await addTenant(server.folder, "+14155550931");
  const other = await addTenant(server.folder, "+14155550932");
  const clients = [
    await connect(server.url, { key: mine.key }),
    await connect(second.url, { key: mine.key }),
    await connect(second.url, { key: other.key }),
  ];
  await deliver(server.url, server.telnyx, smsEvent(mine.number, "to two streams"));
  for (const client of clients.slice(0, 2)) await client.messageCount(1);

  const all = await inletJson<Stream[]>(server.folder, ["streams", "list"]);
  expect(all.map(({ key_id }) => key_id).sort()).toEqual([mine.keyId, mine.keyId, other.keyId].sort());
  expect(new Set(all.map(({ process }) => process.split("/").at(-1)))).toEqual(
    new Set([String(server.pid), String(second.pid)]),
  );
  for (const stream of all) {
    expect(stream).toMatchObject({ address: "127.0.0.0/24", behind: 0, state: "live", key_name: "test" });
    expect(Date.now() - Date.parse(stream.since)).toBeLessThan(60_000);
    expect(stream.cursor).toMatch(/^[0-9a-f]{8}-1$/);
  }
  const one = await inlet(server.folder, ["streams", "list", "--key", String(other.keyId)]);
  expect(one.stdout.split("\n").filter(Boolean)).toHaveLength(2);
  expect(one.stdout).toContain("owner of +14155550932");

  const [{ message_id = "" } = {}] = clients[0]?.messages ?? [];
  const shown = await inletJson<Record<string, unknown>>(server.folder, [
    "messages",
    "show",
    String(message_id),
  ]);
  expect(shown).toMatchObject({ body: "to two streams", streams: 2 });
  const [stored, announced] = [shown.stored_at, shown.announced_at].map((time) => Date.parse(String(time)));
  expect(Math.abs((announced ?? 0) - (stored ?? 0))).toBeLessThan(10_000);

  await second.kill();
  const rest = await inletJson<Stream[]>(server.folder, ["streams", "list"]);
  expect(rest.map(({ key_id }) => key_id)).toEqual([mine.keyId]);

  const database = await openDatabase({ url: `file:${join(server.folder, "inlet.db")}`, authToken: null });
  for (const table of ["questions", "answers"])
    expect((await database.read(`SELECT * FROM ${table}`)).rows).toEqual([]);
  await database.close();
});

test("where no process serves, nobody is waited for", async () => {
  const folder = emptyFolder();
  const { stdout, stderr, code } = await inlet(folder, ["streams", "list"]);
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toContain("no process that serves this database answered");
});
