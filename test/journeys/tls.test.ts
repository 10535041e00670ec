/** HTTPS and HTTP/2 by TLS_CERT and TLS_KEY: many streams on one connection, and everything else as without. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { selfSigned } from "../harness/certificate.ts";
import { bareEnv, inlet } from "../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { Multiplexed } from "./tls/multiplexed.ts";

setDefaultTimeout(60_000);

const { cert, key: certKey, env } = selfSigned();

function fetchHere(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, tls: { rejectUnauthorized: false } });
}

async function send({ url, telnyx }: Server, { number }: Tenant, text: string): Promise<void> {
  const body = JSON.stringify(smsEvent(number, text));
  const headers = signedHeaders(telnyx, body);
  const response = await fetchHere(`${url}/webhooks/telnyx`, { method: "POST", headers, body });
  expect(await response.json()).toEqual({ data: { outcome: "stored" } });
}

async function curl(...args: string[]): Promise<string> {
  const child = Bun.spawn(["curl", "-sk", ...args], { env: bareEnv(), stdout: "pipe", stderr: "ignore" });
  return new Response(child.stdout).text();
}

test("it speaks HTTP/2 and HTTP/1.1, only encrypted, and asks browsers to stay with that", async () => {
  const server = await startServer({ env });
  expect(server.url).toStartWith("https://");
  const version = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}", `${server.url}/healthz`];
  expect(await curl("--http2", ...version)).toBe("2 200");
  expect(await curl("--http1.1", ...version)).toBe("1.1 200");
  const health = await fetchHere(`${server.url}/healthz`);
  expect(health.headers.get("strict-transport-security")).toBe("max-age=31536000");
  expect(fetch(`${server.url.replace("https", "http")}/healthz`)).rejects.toThrow();
  await server.stop();
});

test("a refusal reaches a client that has sent a body, also one that nobody wanted", async () => {
  const server = await startServer({ env });
  const post = ["--http2", "-X", "POST", "-d", "x".repeat(20_000), "-o", "/dev/null", "-w", "%{http_code}"];
  for (let i = 0; i < 8; i++) {
    expect(await curl(...post, `${server.url}/nothing`)).toBe("404");
    expect(await curl(...post, `${server.url}/healthz`)).toBe("405");
    expect(await curl(...post, `${server.url}/webhooks/telnyx`)).toBe("401");
    expect(await curl(...post, `${server.url}/v1/sms/stream/tickets`)).toBe("401");
  }
  await server.stop();
});

test("sixty streams on one connection each get every text; a cancelled one leaves its place", async () => {
  const server = await startServer({ env: { ...env, MAX_STREAMS_PER_KEY: "60" } });
  const tenant = await addTenant(server.folder, "+14155551001");
  const connection = new Multiplexed(server.url);
  const streams = await Promise.all(Array.from({ length: 60 }, () => connection.stream(tenant.key)));
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await connection.stream(tenant.key)).status).toBe(429);
  await send(server, tenant, "for sixty");
  for (const stream of streams) await until("the text", () => stream.bodies.length === 1);
  streams[0]?.cancel();
  const next = await until("there is room again", async () => {
    const stream = await connection.stream(tenant.key);
    return stream.status === 200 ? stream : null;
  });
  await send(server, tenant, "one more");
  for (const stream of [next, ...streams.slice(1)])
    await until("the text", () => stream.bodies.includes("one more"));
  expect(streams[0]?.bodies).toEqual(["for sixty"]);

  connection.close();
  const other = new Multiplexed(server.url);
  await until("the places of a connection that broke are free", async () => {
    const opened = await Promise.all(Array.from({ length: 60 }, () => other.stream(tenant.key)));
    const isAll = opened.every(({ status }) => status === 200);
    for (const stream of opened) stream.cancel();
    return isAll;
  });
  await server.stop();
});

test("a stream that is not read delays no other on its connection, and gets everything when it is", async () => {
  const server = await startServer({ env });
  const tenant = await addTenant(server.folder, "+14155551002");
  const connection = new Multiplexed(server.url);
  const [slow, quick] = await Promise.all([connection.stream(tenant.key), connection.stream(tenant.key)]);
  await until("connected", () => slow.events[0] && quick.events[0]);
  slow.pause();
  const filler = "x".repeat(20_000);
  const sent = Array.from({ length: 300 }, (_, i) => `${i} ${filler}`);
  for (const text of sent) await send(server, tenant, text);
  await until("all texts, on the stream that is read", () => quick.bodies.length === sent.length);
  expect(slow.bodies.length).toBeLessThan(sent.length);
  slow.resume();
  await until("all texts, on the other", () => slow.bodies.length === sent.length);
  expect([quick.bodies, slow.bodies]).toEqual([sent, sent]);
  await server.stop();
});

test("one that is left unread for several heartbeats is cut, and those beside it go on", async () => {
  const server = await startServer({
    env: { ...env, STREAM_HEARTBEAT_SECONDS: "0.2", MAX_STREAMS_PER_KEY: "2" },
  });
  const tenant = await addTenant(server.folder, "+14155551006");
  const connection = new Multiplexed(server.url);
  const [stalled, quick] = await Promise.all([connection.stream(tenant.key), connection.stream(tenant.key)]);
  stalled.pause();
  const filler = "x".repeat(100_000);
  for (let i = 0; i < 40; i++) await send(server, tenant, `${i} ${filler}`);
  await until("its place is free", async () => (await connection.stream(tenant.key)).status === 200);
  await send(server, tenant, "the last");
  await until("the last text", () => quick.bodies.at(-1) === "the last");
  expect(quick.bodies.length).toBe(41);
  // What waits for the stalled one would hold a drain up for all its time.
  await server.kill();
});

test("on SIGTERM streams over HTTP/2 are told so, and the process ends with 0", async () => {
  const server = await startServer({ env });
  const tenant = await addTenant(server.folder, "+14155551003");
  const connection = new Multiplexed(server.url);
  const streams = await Promise.all(Array.from({ length: 8 }, () => connection.stream(tenant.key)));
  const startedAt = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  for (const { events } of streams) {
    await until("closing", () => events.at(-1)?.event === "closing");
    expect(events.at(-1)?.data.reason).toBe("shutdown");
  }
});

test("workers share a port with TLS as they do without", async () => {
  const server = await startServer({ env, args: ["--workers", "2"] });
  const tenant = await addTenant(server.folder, "+14155551004");
  const streams = await Promise.all(
    Array.from({ length: 8 }, () => new Multiplexed(server.url).stream(tenant.key)),
  );
  await send(server, tenant, "for both");
  for (const stream of streams) await until("the text", () => stream.bodies.length === 1);
  expect(await server.stop()).toBe(0);
});

test("simulate finds the server of these variables; by another address the certificate must be trusted", async () => {
  const server = await startServer({ env, args: ["--development"] });
  const { number } = await addTenant(server.folder, "+14155551005");
  const here = { ...env, PORT: new URL(server.url).port };
  const simulate = ["simulate", "--to", number];
  expect(await inlet(server.folder, simulate, here)).toMatchObject({ code: 0, stdout: "stored\n" });
  const byUrl = [...simulate, "--url", server.url];
  const untrusted = await inlet(server.folder, byUrl, here);
  expect([untrusted.code, untrusted.stderr]).toEqual([1, expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
  const trusted = await inlet(server.folder, byUrl, { ...here, NODE_EXTRA_CA_CERTS: cert });
  expect(trusted).toMatchObject({ code: 0, stdout: "stored\n" });
  await server.stop();
});

test("a certificate that expires soon is told in the log", async () => {
  const server = await startServer({ env: selfSigned(10).env });
  await until("the warning", () => server.log().includes("expires soon"));
  const lasting = await startServer({ env });
  for (const each of [server, lasting]) await each.stop();
  expect(lasting.log()).not.toContain("expires soon");
});

test("a certificate without its own key is refused at the start", async () => {
  const ran = await inlet("/", ["serve"], { TLS_CERT: cert, TLS_KEY: selfSigned().key });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("which is not the key of the certificate in TLS_CERT");
  expect((await inlet("/", ["serve"], { TLS_KEY: certKey })).stderr).toContain("TLS_CERT is not set");
});
