/** What a message says is kept whole, and what retention removed stays away: through the executable. */
import { Database as Sqlite } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { api } from "../harness/api.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);
const DAY_MS = 86_400_000;

/** Changes the database of a server behind its back. */
function change(server: Server, sql: string): void {
  const database = new Sqlite(join(server.folder, "inlet.db"));
  database.run("PRAGMA busy_timeout = 5000");
  database.run(sql);
  database.close();
}

test("the subject of an MMS is on the stream, in the history and its search, and in every command", async () => {
  const server = await startServer();
  const a = await addTenant(server.folder, "+14155550001");
  const stream = await connect(server.url, { key: a.key });
  const waiting = api(server.url, a.key, "/sms/messages/next?q=4711&since=5m&timeout=20");
  const payload = { id: "m1", type: "MMS", subject: "Gate code 4711", text: "", media: [] };
  expect(await deliver(server.url, server.telnyx, smsEvent(a.number, "", payload))).toBe("stored");
  await stream.messageCount(1);
  const [message] = stream.messages;
  expect(message).toMatchObject({ subject: "Gate code 4711", body: "" });
  expect(Object.keys(message ?? {})).toEqual(["message_id", "from", "to", "body", "received_at", "subject"]);
  expect((await waiting).data).toEqual(message as never);
  const history = await api(server.url, a.key, "/sms/messages?q=gate-code");
  expect(history.data).toEqual([message] as never);
  const resumed = await connect(server.url, { key: a.key, query: "?since=all" });
  await resumed.messageCount(1);
  expect(resumed.messages).toEqual([message ?? {}]);
  const id = String(message?.message_id);
  expect(await inletJson(server.folder, ["messages", "show", id])).toMatchObject(message ?? {});
  for (const args of [["list"], ["show", id]])
    expect((await inlet(server.folder, ["messages", ...args])).stdout).toContain("Gate code 4711");

  // Claimed, it is the same.
  const other = { ...payload, id: "m2" };
  expect(await deliver(server.url, server.telnyx, smsEvent("+14155550009", "", other))).toBe("unrouted");
  const claim = ["messages", "claim", "--to", "+14155550009", "--account", String(a.accountId)];
  expect((await inlet(server.folder, claim)).code).toBe(0);
  await stream.messageCount(2);
  expect(stream.messages[1]).toMatchObject({ subject: "Gate code 4711", body: "" });
});

test("a text that retention removed is a duplicate when it comes again, and nobody is sent it", async () => {
  const server = await startServer();
  const a = await addTenant(server.folder, "+14155550001");
  const routed = smsEvent(a.number, "here once");
  const unrouted = smsEvent("+14155550009", "for nobody");
  const deliverAll = async (to: Server) => [
    await deliver(to.url, to.telnyx, routed),
    await deliver(to.url, to.telnyx, unrouted),
  ];
  expect(await deliverAll(server)).toEqual(["stored", "unrouted"]);
  await server.stop();
  const { folder, telnyx } = server;
  change(server, `UPDATE messages SET stored_at = stored_at - ${DAY_MS}`);
  const brief = await startServer({ folder, telnyx, env: { RETENTION_DAYS: "0.5" } });
  await until("they are gone", async () => {
    return (await inletJson<unknown[]>(folder, ["messages", "list"])).length === 0;
  });
  const stream = await connect(brief.url, { key: a.key });
  expect(await deliverAll(brief)).toEqual(["duplicate", "duplicate"]);
  await inlet(folder, ["numbers", "add", "+14155550009", "--account", String(a.accountId)]);
  expect(await deliverAll(brief)).toEqual(["duplicate", "duplicate"]);
  expect(await deliver(brief.url, brief.telnyx, smsEvent(a.number, "something else"))).toBe("stored");
  await stream.messageCount(1);
  expect(stream.bodies).toEqual(["something else"]);
  // After thirty days it would be a new one.
  await brief.stop();
  change(server, `UPDATE tombstones SET expires_at = expires_at - ${30 * DAY_MS}`);
  const later = await startServer({ folder, telnyx, env: { RETENTION_DAYS: "0.5" } });
  await until("it is taken anew", async () => (await deliver(later.url, telnyx, routed)) === "stored");
  await later.stop();
});

test("a machine that boots a month ahead says so, and removes nothing", async () => {
  const server = await startServer();
  const a = await addTenant(server.folder, "+14155550001");
  await deliver(server.url, server.telnyx, smsEvent(a.number, "kept"));
  await server.stop();
  change(server, `UPDATE messages SET stored_at = stored_at - ${40 * DAY_MS}`);
  change(server, `UPDATE installation SET looked_at = looked_at - ${40 * DAY_MS}`);
  const ahead = await startServer({ folder: server.folder, telnyx: server.telnyx });
  await until("it says so", () => ahead.log().includes("the clock is far ahead"));
  expect(ahead.log()).toContain('"days_ahead":40');
  expect(await inletJson<unknown[]>(server.folder, ["messages", "list"])).toHaveLength(1);
  await ahead.stop();
});
