/** Tickets: what opens a stream where no header can be sent, and what does not. How they end: tickets/ends.test.ts. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { EventSource } from "eventsource";
import { startSqld } from "../database/sqld.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { inletJson } from "../harness/cli.ts";
import { addKey, addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { ask } from "./stream/answers.ts";
import { send } from "./stream/texts.ts";
import { issue, REACHES_MS, STREAM, secondsLeft, TICKETS, withTicket } from "./tickets/issuing.ts";

setDefaultTimeout(60_000);

let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer();
  tenant = await addTenant(server.folder, "+14155550901");
});

test("a ticket lasts an hour, or as long as was asked for, and its address is a path", async () => {
  const hour = await issue(server, tenant.key);
  expect(hour.url).toBe(`${STREAM}?ticket=${hour.ticket}`);
  expect(secondsLeft(hour)).toBeWithin(3_590, 3_600.1);
  expect(secondsLeft(await issue(server, tenant.key, { ttl_seconds: 86_400 }))).toBeWithin(86_390, 86_400.1);
  expect((await issue(server, tenant.key, {})).ticket).not.toBe(hour.ticket);
});

test("npm's EventSource follows with nothing but the address, also over the stream's end", async () => {
  const short = await startServer({
    folder: server.folder,
    telnyx: server.telnyx,
    env: { STREAM_MAX_SECONDS: "1", PUBLIC_URL: "https://sms.example.com/inlet/" },
  });
  const { ticket, url } = await issue(short, tenant.key);
  expect(url).toBe(`https://sms.example.com/inlet${STREAM}?ticket=${ticket}`);
  const source = new EventSource(url.replace("https://sms.example.com/inlet", short.url));
  atTheEnd(() => source.close());
  const bodies: string[] = [];
  let connects = 0;
  source.addEventListener("connected", () => connects++);
  source.addEventListener("sms_received", ({ data }) => bodies.push(JSON.parse(data).body));
  await until("connected", () => connects > 0);
  const sent: string[] = [];
  while (connects < 3) {
    sent.push(`text ${sent.length}`);
    await deliver(short.url, short.telnyx, smsEvent(tenant.number, sent.at(-1) ?? ""));
    await until(
      "the text, or another stream",
      () => bodies.length === sent.length || source.readyState !== 1,
    );
  }
  await until("all texts", () => bodies.length >= sent.length);
  expect(bodies).toEqual(sent);
  source.close();
  await short.stop();
});

test("it opens the stream under both prefixes, in every process, and nothing else", async () => {
  const second = await startServer({
    folder: server.folder,
    telnyx: server.telnyx,
    args: ["--workers", "2"],
  });
  const { ticket } = await issue(second, tenant.key);
  const clients = await Promise.all([
    connect(server.url, withTicket(ticket)),
    connect(server.url, { ...withTicket(ticket), path: "/v1/sms/stream" }),
    ...Array.from({ length: 4 }, () => connect(second.url, withTicket(ticket))),
  ]);
  await send(server, tenant, "for everyone");
  for (const client of clients) await client.messageCount(1);
  for (const client of clients) client.close();
  const more = await ask(server.url, null, `${TICKETS}?ticket=${ticket}`, { method: "POST" });
  const asKey = await ask(server.url, ticket, STREAM);
  const asTicket = await ask(server.url, null, `${STREAM}?ticket=${tenant.key}`);
  expect([more.status, asKey.status, asTicket.status]).toEqual([401, 401, 401]);
  await second.stop();
});

test("over a database across a network a ticket of one service opens streams of another at once", async () => {
  const env = { DATABASE_URL: (await startSqld()).url };
  const [first, second] = [await startServer({ env }), await startServer({ env })];
  const run = <T>(...args: string[]) => inletJson<T>(first.folder, args, env);
  const { id } = await run<{ id: number }>("accounts", "create", "--kind", "user", "--name", "remote");
  const issued = await run<{ id: number; key: string }>(
    ...["keys", "create", "--account", `${id}`, "--scope", "sms:read"],
  );
  const { ticket } = await issue(first, issued.key);
  const clients = [
    await connect(second.url, withTicket(ticket)),
    await connect(first.url, withTicket(ticket)),
  ];
  await run("keys", "revoke", String(issued.id));
  for (const client of clients) {
    await client.end(REACHES_MS);
    expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "revoked" } });
  }
  for (const server of [first, second]) await server.stop();
});

test("with a header the header decides, whatever the ticket", async () => {
  const { ticket } = await issue(server, tenant.key);
  const wrong = await ask(server.url, "garbage", `${STREAM}?ticket=${ticket}`);
  expect([wrong.status, wrong.error.code]).toEqual([401, "unauthorized"]);
  const { key } = await addKey(server.folder, tenant.accountId);
  const client = await connect(server.url, { key, query: "?ticket=garbage" });
  client.close();
  const none = await ask(server.url, null, `${STREAM}?ticket=`);
  expect(none.status).toBe(401);
});

test("it shows what was named, a query narrows that further, and what the key no longer sees is gone", async () => {
  const two = await addTenant(server.folder, "+14155550902");
  const [first, second, third] = [two.number, "+14155550903", "+14155550904"];
  for (const number of [second, third])
    await inletJson(server.folder, ["numbers", "add", number, "--account", String(two.accountId)]);
  const { ticket } = await issue(server, two.key, { to: [first, second] });
  const both = await connect(server.url, withTicket(ticket));
  const one = await connect(server.url, withTicket(ticket, `&to=${encodeURIComponent(second)}`));
  const unnamed = await ask(server.url, null, `${STREAM}?ticket=${ticket}&to=${encodeURIComponent(third)}`);
  expect([unnamed.status, Object.keys(unnamed.error.fields ?? {})]).toEqual([400, ["to"]]);
  const dropped = await connect(server.url, {
    ...withTicket(ticket, `&to=${encodeURIComponent(third)}`),
    lastEventId: both.lastEventId ?? "",
  });
  for (const number of [first, second, third]) await send(server, { ...two, number }, number);
  await both.messageCount(2);
  await one.messageCount(1);
  await inletJson(server.folder, ["numbers", "move", first, "--account", String(tenant.accountId)]);
  const after = await connect(server.url, withTicket(ticket));
  for (const number of [first, second]) await send(server, { ...two, number }, `${number} again`);
  await after.messageCount(1);
  await both.messageCount(3);
  await one.messageCount(2);
  expect(both.bodies).toEqual([first, second, `${second} again`]);
  expect(one.bodies).toEqual([second, `${second} again`]);
  expect(after.bodies).toEqual([`${second} again`]);
  expect(dropped.bodies).toEqual([]);
});

test("a number of somebody else is refused, and whether it exists is not told", async () => {
  const ask_ = (to: unknown) =>
    ask(server.url, tenant.key, TICKETS, { method: "POST", body: JSON.stringify({ to }) });
  const other = await addTenant(server.folder, "+14155550905");
  const [theirs, nobodys] = await Promise.all([ask_([tenant.number, other.number]), ask_(["+14155550999"])]);
  expect(theirs.status).toBe(400);
  expect(theirs.error).toEqual(nobodys?.error as typeof theirs.error);
});

test.each<[string, string, string[]]>([
  ["no JSON", "no", ["body"]],
  ["a list", "[]", ["body"]],
  ["null", "null", ["body"]],
  ["not UTF-8", "\xff", ["body"]],
  ["another field", '{"ttl":5}', ["body"]],
  ["no time", '{"ttl_seconds":0}', ["ttl_seconds"]],
  ["too long a time", '{"ttl_seconds":86401}', ["ttl_seconds"]],
  ["half a second", '{"ttl_seconds":1.5}', ["ttl_seconds"]],
  ["a time as a text", '{"ttl_seconds":"60","to":"+14155550901"}', ["ttl_seconds", "to"]],
  ["null as a time", '{"ttl_seconds":null}', ["ttl_seconds"]],
  ["no numbers", '{"to":[]}', ["to"]],
  ["what is no number", '{"to":["+14155550901","x"]}', ["to"]],
  ["numbers as numbers", '{"to":[14155550901]}', ["to"]],
  ["too many numbers", `{"to":[${Array(201).fill('"+14155550901"')}]}`, ["to"]],
])("%s is refused by name, and nothing of it repeated", async (_, body, names) => {
  const bytes = Buffer.from(body, "latin1");
  const { status, error } = await ask(server.url, tenant.key, TICKETS, { method: "POST", body: bytes });
  expect([status, error.code, Object.keys(error.fields ?? {})]).toEqual([400, "validation_error", names]);
  expect(JSON.stringify(error)).not.toContain("86401");
});

test("who may not have a ticket learns that before anything else, and a body has an end", async () => {
  const post = (key: string | null, body: string) => ask(server.url, key, TICKETS, { method: "POST", body });
  expect((await post(null, "no")).status).toBe(401);
  const { key } = await inletJson<{ key: string }>(server.folder, [
    ...["keys", "create", "--account", String(tenant.accountId), "--scope", "phone_numbers:read"],
  ]);
  const scopeless = await post(key, "no");
  expect([scopeless.status, scopeless.error.message]).toEqual([403, expect.stringContaining("sms:read")]);
  const large = await post(tenant.key, " ".repeat(70_000));
  expect([large.status, large.error.code]).toEqual([413, "payload_too_large"]);
  const got = await ask(server.url, tenant.key, TICKETS);
  expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
});
