/** Every documented operation is asked of a running service, and every answer is what the document says of it. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import { createKey } from "../../src/keys/store.ts";
import type { Document } from "../../src/reference/openapi.ts";
import { type TestService, type TestTenant, tenant, testService } from "../harness/service.ts";
import { deliver, signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { PictureHost } from "../media/pictures.ts";
import { Judge } from "./judge.ts";

setDefaultTimeout(30_000);

interface Asked {
  readonly of?: TestService;
  readonly key?: string | null;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
}

const host = new PictureHost();
const { media } = readConfig({ MEDIA: "store", TELNYX_BASE_URL: host.baseUrl });
const METRICS = {
  config: { metricsToken: "for-prometheus", media },
  media: { hasRoom: async () => true },
};

const TEXT = "Is my order on its way?";

let service: TestService;
let mine: TestTenant;
let judge: Judge;
let messageId = "";
/** Of the same account, and without any scope. */
let bareKey = "";

beforeAll(async () => {
  service = await testService(METRICS);
  mine = await tenant(service, "+14155550901", "team", ["sms:read", "phone_numbers:read"]);
  const wanted = { accountId: mine.accountId, scopes: [], name: "bare", lifetimeMs: null };
  bareKey = (await createKey(service.database, wanted, Date.now())).key;
  judge = new Judge((await (await fetch(`${service.url}/openapi.json`)).json()) as Document);
  const links = [`${host.url}/ok/1`, `${host.url}/html/1`];
  const media = links.map((url) => ({ url, content_type: "image/png", size: 7 }));
  const odd = { media, cc: ["+14155550902"], autoresponse_type: "HELP", is_spam: true, type: "MMS" };
  await deliver(service.url, service.telnyx, smsEvent(mine.number, "HELP", odd));
});

function request(operationId: string, asked: Asked = {}): Promise<Response> {
  const { of = service, key = mine.key, query = "", body, method } = asked;
  const { method: documentedMethod, path } = judge.documented(operationId);
  const headers = new Headers(asked.headers);
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  const url = `${of.url}${path.replace("{message_id}", messageId || `msg_${"0".repeat(32)}`).replace("{n}", "0")}${query}`;
  return fetch(url, { method: method ?? documentedMethod, headers, ...(body === undefined ? {} : { body }) });
}

/** The answer's status, after it was held against the document. */
async function ask(operationId: string, asked: Asked = {}): Promise<number> {
  const response = await request(operationId, asked);
  await judge.hold(operationId, response);
  if (!response.bodyUsed) await response.body?.cancel();
  return response.status;
}

/** The operations that say they may answer with this status. */
function documenting(status: number): string[] {
  const operations = [...judge.operations].filter(([, { operation }]) => operation.responses[status]);
  return operations.map(([operationId]) => operationId);
}

async function held(operationId: string, asked: Asked = {}): Promise<unknown> {
  return judge.hold(operationId, await request(operationId, asked));
}

test("messages come page by page, by a search, one by one, and when the next one arrives", async () => {
  const asked = request("nextMessage", { query: "?timeout=20" });
  await deliver(service.url, service.telnyx, smsEvent(mine.number, TEXT));
  const next = (await judge.hold("nextMessage", await asked)) as { data: { message_id: string } };
  messageId = next.data.message_id;
  const one = (await held("getMessage")) as { data: { body: string } };
  expect(one.data.body).toBe(TEXT);
  for (const query of ["", "?limit=1", "?order=asc&limit=1", "?q=order&since=1h", "?to=%2B14155550901"]) {
    const page = (await held("listMessages", { query })) as { data: unknown[] };
    expect(page.data.length, query).toBeGreaterThan(0);
  }
  expect(await ask("nextMessage", { query: "?timeout=1&q=nothing" })).toBe(204);
});

test("keys, numbers, tickets and what operators ask", async () => {
  expect(await held("getMe")).toMatchObject({ data: { account: { id: mine.accountId, kind: "team" } } });
  expect(await held("listPhoneNumbers")).toMatchObject({ data: [{ number: mine.number }] });
  const body = JSON.stringify({ ttl_seconds: 60, to: [mine.number] });
  for (const asked of [{}, { body: "{}" }, { body }]) expect(await ask("createTicket", asked)).toBe(201);
  for (const operationId of ["isAlive", "isReady", "getDocument"])
    expect(await ask(operationId, { key: null })).toBe(200);
  expect(await ask("getMetrics", { key: METRICS.config.metricsToken })).toBe(200);
  const { headers } = await request("getDocument");
  const etag = headers.get("etag") ?? "";
  expect(await ask("getDocument", { headers: { "if-none-match": etag } })).toBe(304);
});

test("the stream, by key and by ticket", async () => {
  expect(await ask("openStream")).toBe(200);
  const { data } = (await held("createTicket")) as { data: { ticket: string } };
  expect(await ask("openStream", { key: null, query: `?ticket=${data.ticket}` })).toBe(200);
});

test("Telnyx is told what became of its event", async () => {
  const event = JSON.stringify(smsEvent(mine.number, "once"));
  const unrouted = JSON.stringify(smsEvent("+14155550999", "for nobody"));
  const outcomes = [];
  for (const body of [event, event, unrouted, "{}"]) {
    const headers = signedHeaders(service.telnyx, body);
    const { data } = (await held("receiveTelnyxWebhook", { key: null, headers, body })) as {
      data: { outcome: string };
    };
    outcomes.push(data.outcome);
  }
  expect(outcomes).toEqual(["stored", "duplicate", "unrouted", "ignored"]);
});

test("a kept picture is answered whole, in part, or not at all to who has it", async () => {
  const text = messageId;
  const { data } = (await held("listMessages")) as { data: { message_id: string; media?: unknown }[] };
  messageId = data.find((each) => each.media)?.message_id ?? "";
  await until("it is kept", async () => (await request("getMedia")).status === 200);
  const { headers } = await request("getMedia");
  for (const [status, asked] of [
    [200, {}],
    [206, { range: "bytes=0-3" }],
    [304, { "if-none-match": headers.get("etag") ?? "" }],
    [416, { range: "bytes=1000000-" }],
  ] as const)
    expect(await ask("getMedia", { headers: asked })).toBe(status);
  for (const operationId of ["getMessage", "listMessages"]) expect(await ask(operationId)).toBe(200);
  messageId = text;
});

test("whoever shows nothing, or something wrong, is unauthorized", async () => {
  for (const operationId of documenting(401))
    for (const key of [null, "garbage"]) expect(await ask(operationId, { key }), operationId).toBe(401);
});

test("a key without the scope is forbidden", async () => {
  for (const operationId of documenting(403))
    expect(await ask(operationId, { key: bareKey }), operationId).toBe(403);
});

test("what is not valid is refused by name", async () => {
  const asked: Readonly<Record<string, Asked>> = {
    openStream: { query: "?since=soon" },
    createTicket: { body: '{"ttl_seconds":0}' },
    listMessages: { query: "?limit=0&order=up" },
    nextMessage: { query: "?timeout=1000" },
    listPhoneNumbers: { query: "?cursor=garbage" },
    receiveTelnyxWebhook: { key: null, headers: signedHeaders(service.telnyx, "no JSON"), body: "no JSON" },
  };
  expect(Object.keys(asked).sort()).toEqual(documenting(400).sort());
  for (const [operationId, with_] of Object.entries(asked))
    expect(await ask(operationId, with_), operationId).toBe(400);
});

test("what is not there is not found", async () => {
  const known = messageId;
  messageId = `msg_${"f".repeat(32)}`;
  const without = { getMetrics: { of: await testService() } } as Readonly<Record<string, Asked>>;
  for (const operationId of documenting(404))
    expect(await ask(operationId, without[operationId]), operationId).toBe(404);
  messageId = known;
});

test("a body that is too large is refused", async () => {
  const body = "x".repeat(1024 * 1024 + 1);
  const headers = signedHeaders(service.telnyx, body);
  for (const operationId of documenting(413))
    expect(await ask(operationId, { headers, body }), operationId).toBe(413);
});

test("an address from which many wrong keys came has to wait", async () => {
  const guessed = await testService(METRICS);
  for (let i = 0; i < 60; i++) await request("getMe", { of: guessed, key: "garbage" });
  for (const operationId of documenting(429))
    expect(await ask(operationId, { of: guessed, key: "garbage" }), operationId).toBe(429);
});

test("without its database the service says that it is unavailable", async () => {
  const broken = await testService({ config: { telnyxPublicKeys: [] } });
  const { key } = await tenant(broken, "+14155550905", "user", ["sms:read", "phone_numbers:read"]);
  await broken.database.close();
  for (const operationId of documenting(503))
    expect(await ask(operationId, { of: broken, key }), operationId).toBe(503);
});

test("each address names the methods that it takes to who comes with another", async () => {
  const documented = judge.document.components.responses.MethodNotAllowed;
  if (!documented) throw new Error("the answer to a wrong method is not documented");
  for (const [operationId, { method }] of judge.operations) {
    const response = await request(operationId, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([
      405,
      method === "GET" ? "GET, HEAD" : "POST",
    ]);
    await judge.holdAnswer(`DELETE to ${operationId}`, documented, response);
  }
});

test("HEAD answers as GET does, without a body", async () => {
  const query: Readonly<Record<string, string>> = { nextMessage: "?timeout=0" };
  for (const [operationId, { method }] of judge.operations) {
    if (method !== "GET") continue;
    const asked = { query: query[operationId] ?? "" };
    const [head, get] = [
      await request(operationId, { ...asked, method: "HEAD" }),
      await request(operationId, asked),
    ];
    const [type, getType] = [head, get].map(({ headers }) => headers.get("content-type"));
    expect([operationId, head.status, type]).toEqual([operationId, get.status, getType]);
    expect(await head.text()).toBe("");
    await get.body?.cancel();
  }
});

test("nothing is documented that was not seen here, but a fault of our own", () => {
  const documented = [...judge.operations].flatMap(([operationId, { operation }]) =>
    Object.keys(operation.responses).map((status) => `${operationId} ${status}`),
  );
  expect(documented.filter((answer) => !judge.seen.has(answer) && !answer.endsWith(" 500"))).toEqual([]);
});
