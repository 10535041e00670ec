/** The history through the executable: who sees what, page by page, and from a page into the stream. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { allPages, api, bodiesOf } from "../harness/api.ts";
import { inletJson } from "../harness/cli.ts";
import { addKey, addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { until } from "../harness/until.ts";
import { difference, NO_DIFFERENCE, pour, send, texts } from "./stream/texts.ts";

setDefaultTimeout(60_000);

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

const run = (...args: string[]) => inletJson(server.folder, args);
const get = (path: string, { key }: Pick<Tenant, "key">) => api(server.url, key, path);
const plus = (number: string) => encodeURIComponent(number);

test("two accounts can nowhere see each other, on any route and with any parameter", async () => {
  const [a, b] = [
    await addTenant(server.folder, "+14155550801"),
    await addTenant(server.folder, "+14155550802"),
  ];
  await send(server, a, "of A, secretly", "of A again");
  await send(server, b, "of B, secretly");
  const ofA = await get("/sms/messages", a);
  const ofB = await get("/sms/messages", b);
  expect(bodiesOf(ofA)).toEqual(["of A again", "of A, secretly"]);
  expect(bodiesOf(ofB)).toEqual(["of B, secretly"]);
  const [mine, foreign] = [String(ofB.data[0]?.message_id), String(ofA.data[0]?.message_id)];
  const firstOfA = (await get("/sms/messages?limit=1", a)).meta;

  expect((await get(`/sms/messages/${mine}`, b)).data).toEqual((ofB.data[0] ?? {}) as never);
  const missing = await get("/sms/messages/msg_0", b);
  for (const id of [foreign, "msg_%00", "%27", "x".repeat(2_000)]) {
    const answer = await get(`/sms/messages/${id}`, b);
    expect([answer.status, answer.text], id).toEqual([404, missing.text]);
  }
  const none = [
    `to=${plus(a.number)}`,
    `to=${plus(a.number)}&q=secretly`,
    "q=again",
    `q=${a.accountId}`,
    `q=a${a.accountId}`,
    `q=account:a${a.accountId}`,
    `q=t${Buffer.from(a.number).toString("hex")}`,
  ];
  for (const query of none) {
    for (const order of ["asc", "desc"]) {
      const answer = await get(`/sms/messages?${query}&order=${order}`, b);
      expect([answer.status, answer.data.length], query).toEqual([200, 0]);
    }
    expect((await get(`/sms/messages/next?${query}&since=all&timeout=0`, b)).status, query).toBe(204);
  }
  const own = [
    "q=secretly",
    "q=of*&order=asc",
    "from=%2B13125550001",
    "since=all",
    "since=1h&until=2099-01-01",
    `cursor=${firstOfA.cursor}`,
    `to=${plus(a.number)}&to=${plus(b.number)}`,
  ];
  for (const query of own) {
    const answer = await get(`/sms/messages?${query}`, b);
    expect(answer.status).toBe(200);
    for (const body of bodiesOf(answer)) expect(body, query).toBe("of B, secretly");
  }
  const after = `${firstOfA.position.split("-")[0]}-0`;
  expect(bodiesOf(await get(`/sms/messages?after=${after}`, b))).toEqual(["of B, secretly"]);
  expect((await get("/sms/messages/next?since=all&q=secretly", b)).data).toMatchObject({
    body: "of B, secretly",
  });
});

test("a key learns whose it is, and which numbers it sees now", async () => {
  const user = await addTenant(server.folder, "+14155550803");
  const team = await addTenant(server.folder, "+14155550804", "team");
  await run("members", "add", "--team", String(team.accountId), "--user", String(user.accountId));
  await run("numbers", "add", "72345", "--account", String(team.accountId), "--label", "Short");
  await run("numbers", "deactivate", "72345");
  const all = await addKey(server.folder, user.accountId, "--scope", "phone_numbers:read", "--name", "all");
  const me = await get("/me", all);
  expect(me.data).toEqual({
    api_key_id: all.id,
    name: "all",
    account: { id: user.accountId, kind: "user", name: "owner of +14155550803" },
    teams: [{ id: team.accountId, name: "owner of +14155550804" }],
    scopes: ["sms:read", "phone_numbers:read"],
  } as never);
  const pages = await allPages(server.url, all.key, "/phone-numbers?limit=1");
  expect(pages.flatMap(({ data }) => data)).toEqual([
    { number: "+14155550803", account_id: user.accountId, active: true, label: null },
    { number: "+14155550804", account_id: team.accountId, active: true, label: null },
    { number: "72345", account_id: team.accountId, active: false, label: "Short" },
  ]);
  const refused = await get("/phone-numbers?limit=x", user);
  expect([refused.status, refused.error.code]).toEqual([403, "forbidden"]);
  expect(refused.headers.get("www-authenticate")).toContain("phone_numbers:read");
  expect((await get("/phone-numbers?limit=x", all)).error.fields).toHaveProperty("limit");
  expect((await get("/phone-numbers?cursor=x", all)).error.fields).toHaveProperty("cursor");
});

test("a stranger is told nothing but that a key is needed, and each route answers HEAD and its other name", async () => {
  const a = await addTenant(server.folder, "+14155550805");
  await send(server, a, "hello");
  const id = String((await get("/sms/messages", a)).data[0]?.message_id);
  for (const path of [
    "/sms/messages",
    `/sms/messages/${id}`,
    "/sms/messages/next",
    "/me",
    "/phone-numbers",
  ]) {
    for (const query of ["", "?limit=x&q=&timeout=x"]) {
      const answer = await api(server.url, null, path + query);
      expect([answer.status, answer.error.code]).toEqual([401, "unauthorized"]);
      expect((await api(server.url, `inlet_${"x".repeat(38)}`, path + query)).status).toBe(401);
    }
    const post = await api(server.url, a.key, path, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
  const headers = { authorization: `Bearer ${a.key}` };
  for (const path of ["/sms/messages", `/sms/messages/${id}`, "/me"]) {
    const [get, head, other] = await Promise.all([
      fetch(`${server.url}/api/v1${path}`, { headers }),
      fetch(`${server.url}/api/v1${path}`, { headers, method: "HEAD" }),
      fetch(`${server.url}/v1${path}`, { headers }),
    ]);
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(await get.text()).toBe(await other.text());
    expect(get.headers.get("cache-control")).toBe("no-store");
  }
});

test("a client that walks the pages while texts arrive sees each once", async () => {
  const a = await addTenant(server.folder, "+14155550806");
  const [early, late] = [texts(300), texts(300).map((text) => `late ${text}`)];
  await pour(server, a, early);
  const pouring = pour(server, a, late);
  const down = await allPages(server.url, a.key, "/sms/messages?limit=7");
  const up = await allPages(server.url, a.key, "/sms/messages?limit=7&order=asc");
  const search = await allPages(server.url, a.key, "/sms/messages?limit=7&q=text");
  await pouring;
  const known = [...early, ...late];
  for (const pages of [down, up, search]) {
    const bodies = bodiesOf(...pages).map(String);
    expect({ ...difference(bodies, known), lost: 0 }).toEqual(NO_DIFFERENCE);
    expect(difference(bodies, early).lost).toBe(0);
  }
  const after = bodiesOf(
    ...(await allPages(server.url, a.key, `/sms/messages?after=${up.at(-1)?.meta.position}`)),
  );
  expect(difference([...bodiesOf(...up), ...after].map(String), known)).toEqual(NO_DIFFERENCE);
});

test("who loads a page and follows the stream from its position misses nothing", async () => {
  const a = await addTenant(server.folder, "+14155550807");
  const sent = texts(400);
  const pouring = pour(server, a, sent);
  for (const query of ["limit=200", "limit=200&q=text", `limit=200&to=${plus(a.number)}`]) {
    const pages = await allPages(server.url, a.key, `/sms/messages?${query}`);
    const stream = await connect(server.url, { key: a.key, lastEventId: pages[0]?.meta.position ?? "" });
    await pouring;
    await until("all of them", () => stream.bodies.length + bodiesOf(...pages).length >= sent.length);
    const all = [...bodiesOf(...pages), ...stream.bodies].map(String);
    expect(difference(all, sent), query).toEqual(NO_DIFFERENCE);
    stream.close();
  }
});

test("a message that is deleted while the service runs is gone everywhere", async () => {
  const a = await addTenant(server.folder, "+14155550808");
  await send(server, a, "keep this word", "drop this word");
  const [drop] = (await get("/sms/messages?q=drop", a)).data;
  const id = String(drop?.message_id);
  await run("messages", "delete", id);
  expect(bodiesOf(await get("/sms/messages", a))).toEqual(["keep this word"]);
  expect(bodiesOf(await get("/sms/messages?q=word", a))).toEqual(["keep this word"]);
  expect((await get(`/sms/messages/${id}`, a)).status).toBe(404);
  expect((await get("/sms/messages/next?q=drop&since=all&timeout=0", a)).status).toBe(204);
});

test("what retention removes is found no more, and a cursor from before is refused by name", async () => {
  const a = await addTenant(server.folder, "+14155550809");
  await send(server, a, "old word");
  const { meta } = await get("/sms/messages?q=word", a);
  await send(server, a, "older than retention keeps");
  await until("a second has passed", async () => (await get("/sms/messages?since=1s", a)).data.length === 0);
  const brief = await startServer({
    folder: server.folder,
    telnyx: server.telnyx,
    env: { RETENTION_DAYS: "0.00001" },
  });
  await until("it is gone", async () => (await api(brief.url, a.key, "/sms/messages")).data.length === 0);
  await brief.stop();
  expect((await get("/sms/messages?q=word", a)).data).toEqual([] as never);
  expect((await get(`/sms/messages?after=${meta.position}`, a)).error.fields?.after).toStartWith("expired: ");
});
