/** Requests that open no stream: what they are told instead. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../../harness/cli.ts";
import { addKey, addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { connect, openStream } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { ask } from "./answers.ts";
import { send } from "./texts.ts";

setDefaultTimeout(60_000);

const STREAM = "/api/v1/sms/stream";
const MAX_STREAMS = 3;

let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer({ env: { MAX_STREAMS_PER_KEY: String(MAX_STREAMS) } });
  tenant = await addTenant(server.folder, "+14155550401");
});

test("without a valid key the answer is 401 with a challenge, whatever else is wrong", async () => {
  const wrongKey = `${tenant.key.slice(0, -1)}${tenant.key.endsWith("a") ? "b" : "a"}`;
  const answers = await Promise.all([
    ask(server.url, null, STREAM),
    ask(server.url, null, `/v1/sms/stream?since=garbage&to=garbage`),
    ask(server.url, null, STREAM, { headers: { "last-event-id": "garbage" } }),
    ask(server.url, null, `${STREAM}?key=${tenant.key}&access_token=${tenant.key}`),
    ask(server.url, null, STREAM, { headers: { authorization: `Basic ${btoa(`${tenant.key}:`)}` } }),
    ask(server.url, wrongKey, STREAM),
    ask(server.url, "garbage", STREAM),
  ]);
  for (const { status, headers, error } of answers) {
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toStartWith("Bearer ");
    expect(error).toEqual({ code: "unauthorized", message: answers[0]?.error.message as string });
  }
});

test("a key without the scope is told which one it lacks", async () => {
  const { key } = await inletJson<{ key: string }>(server.folder, [
    ...["keys", "create", "--account", String(tenant.accountId), "--scope", "phone_numbers:read"],
  ]);
  const { status, error } = await ask(server.url, key, `${STREAM}?since=garbage`);
  expect([status, error.code]).toEqual([403, "forbidden"]);
  expect(error.message).toContain("sms:read");
});

test.each(["soon", "10", "-1h", "2026-13-01", "2026-05-22T25:00"])(
  "since=%s is refused by name",
  async (text) => {
    const { status, error } = await ask(server.url, tenant.key, `${STREAM}?since=${text}`);
    expect([status, error.code]).toEqual([400, "validation_error"]);
    expect(Object.keys(error.fields ?? {})).toEqual(["since"]);
    expect(JSON.stringify(error)).not.toContain(`"${text}"`);
  },
);

test("other methods are told which ones there are, other addresses that there is nothing", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const { status, headers, error } = await ask(server.url, tenant.key, STREAM, { method });
    expect([status, headers.get("allow"), error.code]).toEqual([405, "GET, HEAD", "method_not_allowed"]);
  }
  for (const path of ["/api/v1/sms", "/api/v2/sms/stream", "/sms/stream", "/v1/sms/streams"]) {
    const { status, error } = await ask(server.url, tenant.key, path);
    expect([status, error.code]).toEqual([404, "not_found"]);
  }
});

test("HEAD answers as GET, has no body, and opens no stream however often it is asked", async () => {
  const { key } = await addKey(server.folder, tenant.accountId);
  const head = (path: string, authorization = `Bearer ${key}`) =>
    fetch(`${server.url}${path}`, { method: "HEAD", headers: { authorization } });
  for (let i = 0; i <= MAX_STREAMS; i++) {
    const response = await head(STREAM);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(await response.text()).toBe("");
  }
  for (let i = 0; i < MAX_STREAMS; i++) await connect(server.url, { key });
  expect((await head(STREAM, "Bearer garbage")).status).toBe(401);
  expect((await head(`${STREAM}?since=garbage`)).status).toBe(400);
});

test("beyond its streams a key's fresh client gets 429, and one that comes back waits on a 200", async () => {
  const { key } = await addKey(server.folder, tenant.accountId);
  const streams = [];
  for (let i = 0; i < MAX_STREAMS; i++) streams.push(await connect(server.url, { key }));
  const { status, headers, error } = await ask(server.url, key, STREAM);
  expect([status, error.code]).toEqual([429, "rate_limited"]);
  expect(headers.get("retry-after")).toMatch(/^[1-9][0-9]*$/);

  const lastEventId = streams[0]?.lastEventId ?? "";
  for (const options of [
    { key, lastEventId },
    { key, query: `?lastEventId=${lastEventId}` },
  ]) {
    const waiting = await openStream(server.url, options);
    await waiting.end();
    const { reason, retry_ms } = waiting.of("closing")[0]?.data ?? {};
    expect([waiting.response.status, reason]).toEqual([200, "overloaded"]);
    expect(waiting.raw).toBe(
      `retry: ${retry_ms}\nevent: closing\ndata: {"reason":"overloaded","retry_ms":${retry_ms}}\n\n`,
    );
  }
  await connect(server.url, { key: tenant.key });

  streams[0]?.close();
  const next = await until("there is room again", async () => {
    const opened = await openStream(server.url, { key, lastEventId });
    await until("its first event", () => opened.events[0]);
    return opened.events[0]?.event === "connected" ? opened : null;
  });
  await send(server, tenant, "for everyone");
  for (const client of [next, ...streams.slice(1)]) await client.messageCount(1);
});
