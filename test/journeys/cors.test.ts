/** What a browser may do for pages of other origins, and what every answer tells it. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { browserTest, newPage } from "../harness/browser.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);

const PAGE = "https://app.example.com";
const STREAM = "/api/v1/sms/stream";

let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer({ env: { CORS_ORIGINS: `${PAGE},http://localhost:5173` } });
  tenant = await addTenant(server.folder, "+14155551101");
});

function get(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, { ...init, headers });
}

function preflight(path: string, origin: string, method: string, at = server): Promise<Response> {
  const headers = {
    origin,
    "access-control-request-method": method,
    "access-control-request-headers": "authorization,last-event-id",
  };
  return fetch(`${at.url}${path}`, { method: "OPTIONS", headers });
}

/** The headers of CORS that an answer has, and `Vary`. */
function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith("access-control-") || name === "vary"),
  );
}

const READABLE = {
  vary: "origin",
  "access-control-allow-origin": PAGE,
  "access-control-expose-headers": "retry-after, inlet-position, www-authenticate, x-request-id",
};

test.each([
  [STREAM, "GET", "GET, HEAD"],
  ["/v1/sms/stream", "GET", "GET, HEAD"],
  [`${STREAM}/tickets`, "POST", "POST"],
])("a preflight of %s is answered with what it takes", async (path, method, methods) => {
  for (const origin of [PAGE, "http://localhost:5173"]) {
    const answer = await preflight(path, origin, method);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(corsOf(answer)).toEqual({
      ...READABLE,
      "access-control-allow-origin": origin,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": "authorization, last-event-id",
      "access-control-max-age": "7200",
    });
  }
});

test.each([
  ["cache-control, X-Requested-With", "cache-control, X-Requested-With"],
  ["authorization,x-a,x_b", "authorization, x-a, x_b"],
  // What cannot be read is not repeated.
  ["", "authorization, content-type, last-event-id"],
  ["a, , b", "authorization, content-type, last-event-id"],
  ["a b", "authorization, content-type, last-event-id"],
  ["a:b", "authorization, content-type, last-event-id"],
  ["é", "authorization, content-type, last-event-id"],
  ["a,".repeat(600), "authorization, content-type, last-event-id"],
])("what a preflight asks for is allowed when it can be read, %#", async (asked, allowed) => {
  const headers = {
    origin: PAGE,
    "access-control-request-method": "GET",
    "access-control-request-headers": asked,
  };
  const answer = await fetch(`${server.url}${STREAM}`, { method: "OPTIONS", headers });
  expect([answer.status, answer.headers.get("access-control-allow-headers")]).toEqual([204, allowed]);
});

browserTest("a browser's page may send what clients of event streams send by themselves", async () => {
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
  });
  atTheEnd(() => site.stop(true));
  const origin = `http://localhost:${site.port}`;
  const here = await startServer({ env: { CORS_ORIGINS: origin } });
  const { key } = await addTenant(here.folder, "+14155551102");
  const page = await newPage();
  await page.goto(origin);
  const read = (url: string) =>
    page.evaluate(
      async ([address, authorization]) => {
        const headers = {
          authorization: authorization ?? "",
          "cache-control": "no-cache",
          "x-requested-with": "XMLHttpRequest",
          "last-event-id": "a-1",
          "x-anything": "1",
        };
        const response = await fetch(address ?? "", { headers });
        const { value } = (await response.body?.getReader().read()) ?? {};
        return new TextDecoder().decode(value);
      },
      [url, `Bearer ${key}`],
    );
  expect(await read(`${here.url}${STREAM}`)).toContain("event: connected");
  expect(await read(`${here.url}/api/v1/me`)).toContain('"api_key_id"');
  await here.stop();
});

test.each([
  "https://evil.example.com",
  "https://app.example.com.evil.com",
  "http://app.example.com",
  "null",
  `${PAGE}:8443`,
])("%s is none of the origins, and nothing is allowed to it", async (origin) => {
  const refused = await preflight(STREAM, origin, "GET");
  expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(corsOf(refused)).toEqual({ vary: "origin" });
  const read = await get(STREAM, { origin, authorization: "Bearer garbage" });
  expect([read.status, corsOf(read)]).toEqual([401, { vary: "origin" }]);
});

test("a page can read streams, tickets and errors of every kind", async () => {
  const authorization = `Bearer ${tenant.key}`;
  const origin = PAGE;
  const answers = {
    200: await get(STREAM, { origin, authorization }),
    201: await get(`${STREAM}/tickets`, { origin, authorization }, { method: "POST" }),
    400: await get(`${STREAM}?since=garbage`, { origin, authorization }),
    401: await get(STREAM, { origin }),
    404: await get("/api/v1/nothing", { origin, authorization }),
    405: await get(STREAM, { origin, authorization }, { method: "PUT" }),
    413: await get(
      `${STREAM}/tickets`,
      { origin, authorization },
      { method: "POST", body: "x".repeat(70_000) },
    ),
  };
  for (const [status, answer] of Object.entries(answers)) {
    expect([answer.status, corsOf(answer)]).toEqual([Number(status), READABLE]);
    await answer.body?.cancel();
  }
  expect(await (await get(STREAM, { authorization }, { method: "HEAD" })).text()).toBe("");
});

test("what is no preflight, and what is not the API's, is answered as ever", async () => {
  const options = await get(STREAM, { origin: PAGE }, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect((await preflight("/api/v1/nothing", PAGE, "GET")).status).toBe(404);
  const webhook = await preflight("/webhooks/telnyx", PAGE, "POST");
  expect([webhook.status, corsOf(webhook)]).toEqual([405, {}]);
  expect(corsOf(await get("/healthz", { origin: PAGE }))).toEqual({});
});

test("without CORS_ORIGINS nothing is said of it", async () => {
  const plain = await startServer();
  const refused = await preflight(STREAM, PAGE, "GET", plain);
  expect([refused.status, corsOf(refused)]).toEqual([405, {}]);
  expect(corsOf(await fetch(`${plain.url}${STREAM}`, { headers: { origin: PAGE } }))).toEqual({});
  await plain.stop();
});

test("every answer forbids sniffing, framing, embedding and referring, and only HTTPS asks for HTTPS", async () => {
  const client = await connect(server.url, { key: tenant.key });
  const webhook = await sendWebhook(server.url, server.telnyx, smsEvent(tenant.number, "hello"));
  const answers = [
    client.response,
    webhook,
    await preflight(STREAM, PAGE, "GET"),
    await get("/healthz"),
    await get("/readyz"),
    await get("/nothing"),
    await get(STREAM),
    await get(STREAM, { authorization: `Bearer ${tenant.key}` }, { method: "HEAD" }),
    await get("/webhooks/telnyx", {}, { method: "POST" }),
    await get("/healthz", {}, { method: "DELETE" }),
  ];
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 204, 401, 404, 405]));
  for (const { headers } of answers) {
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("strict-transport-security")).toBeNull();
  }
  const behindTls = await startServer({ env: { PUBLIC_URL: "https://sms.example.com" } });
  const health = await fetch(`${behindTls.url}/healthz`);
  expect([health.headers.get("strict-transport-security"), await health.json()]).toEqual([
    "max-age=31536000",
    { data: { status: "alive" } },
  ]);
  await behindTls.stop();
});
