/** While a process drains, whoever comes is told so, and what was begun is finished. */
import { expect, test } from "bun:test";
import { createConnection } from "node:net";
import { selfSigned } from "../harness/certificate.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect, openStream } from "../harness/stream.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { send, texts } from "./stream/texts.ts";
import { Multiplexed } from "./tls/multiplexed.ts";

test("a drain answers those who come, and finishes the webhook that is on its way", async () => {
  const server = await startServer({ env: { SHUTDOWN_SECONDS: "5" } });
  const { key, number } = await addTenant(server.folder, "+14155559999");
  const client = await connect(server.url, { key });
  // A webhook whose body is only half sent keeps the drain from ending.
  const body = new TextEncoder().encode(JSON.stringify(smsEvent(number, "half way")));
  const { promise: rest, resolve: sendRest } = Promise.withResolvers<void>();
  const halves = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(body.slice(0, 40));
      await rest;
      controller.enqueue(body.slice(40));
      controller.close();
    },
  });
  const headers = signedHeaders(server.telnyx, body);
  const webhook = fetch(`${server.url}/webhooks/telnyx`, { method: "POST", headers, body: halves });
  const stopped = server.stop();
  await client.event("closing");

  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, ready.headers.get("retry-after")]).toEqual([503, "2"]);
  const fresh = await openStream(server.url, { key });
  expect(fresh.response.status).toBe(503);
  const back = await openStream(server.url, { key, lastEventId: client.lastEventId ?? "" });
  await back.end();
  expect(back.response.status).toBe(200);
  expect(back.events).toMatchObject([{ event: "closing", data: { reason: "shutdown" } }]);

  sendRest();
  expect((await webhook).status).toBe(200);
  expect(await stopped).toBe(0);
}, 30_000);

/** Larger than what a kernel keeps for a socket. */
const COUNT = 60;
const LENGTH = 900_000;

/** What a drain lasts for clients that take nothing: a second or two, and what a busy machine needs. */
const STALLED_MS = 20_000;

test("streams of which nothing is taken do not hold a drain up", async () => {
  const server = await startServer({ env: { SHUTDOWN_SECONDS: "60" } });
  const tenant = await addTenant(server.folder, "+14155559998");
  await send(server, tenant, ...texts(COUNT, LENGTH));
  for (let i = 0; i < 3; i++) unread(server.url, tenant.key, "/v1/sms/stream?since=all");
  await untilFull(server.url, 3);
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(STALLED_MS);
  expect(server.log().includes("clients that take nothing are cut")).toBe(true);
}, 120_000);

test("the same by HTTP/2, where a stream may be left unread on a connection that is read", async () => {
  const { env } = selfSigned();
  const server = await startServer({ env: { SHUTDOWN_SECONDS: "60", ...env } });
  const tenant = await addTenant(server.folder, "+14155559996");
  const connection = new Multiplexed(server.url);
  const [stalled, quick] = await Promise.all([connection.stream(tenant.key), connection.stream(tenant.key)]);
  await until("connected", () => stalled.events[0] && quick.events[0]);
  stalled.pause();
  for (let i = 0; i < 40; i++) {
    const body = JSON.stringify(smsEvent(tenant.number, `${i} ${"x".repeat(100_000)}`));
    const headers = signedHeaders(server.telnyx, body);
    const tls = { rejectUnauthorized: false };
    await fetch(`${server.url}/webhooks/telnyx`, { method: "POST", headers, body, tls });
  }
  await until("all, on the one that is read", () => quick.bodies.length === 40);
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(STALLED_MS);
  expect(quick.events.at(-1)?.event).toBe("closing");
}, 120_000);

test("one deadline holds for all steps, also where a handler hangs", async () => {
  const server = await startServer({ env: { SHUTDOWN_SECONDS: "2" } });
  const tenant = await addTenant(server.folder, "+14155559997");
  await send(server, tenant, ...texts(COUNT, LENGTH));
  for (let i = 0; i < 8; i++) unread(server.url, tenant.key, "/v1/sms/stream?since=all");
  await untilFull(server.url, 8);
  // Its body never comes: the ticket waits for it five seconds.
  const headers = [`Authorization: Bearer ${tenant.key}`, "Host: x", "Content-Length: 100"];
  const hanging = createConnection({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  atTheEnd(() => hanging.destroy());
  hanging.on("error", () => undefined);
  hanging.write(["POST /v1/sms/stream/tickets HTTP/1.1", ...headers, "", "{"].join("\r\n"));
  await until("it is asked", async () => (await fetch(`${server.url}/healthz`)).ok);
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  const lasted = performance.now() - began;
  expect(lasted).toBeGreaterThan(1_000);
  expect(lasted).toBeLessThan(4_500);
}, 60_000);

/** Asks, and reads nothing of the answer. */
function unread(url: string, key: string, path: string): void {
  const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(url).port) });
  atTheEnd(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
}

/** Until so many of the server's sockets hold bytes that their clients do not take, one look after the other. */
async function untilFull(url: string, count: number): Promise<void> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  let looks = 0;
  await until(
    "the sockets are full",
    async () => {
      const lines = (await Bun.file("/proc/net/tcp").text()).split("\n");
      const sockets = lines
        .map((line) => line.trim().split(/\s+/))
        .filter(([, at]) => at?.endsWith(`:${port}`));
      // The fifth column: what waits to be sent, in hexadecimal, before a colon.
      const full = sockets.filter(([, , , , queues]) => Number.parseInt(queues ?? "", 16) > 0);
      looks = full.length >= count ? looks + 1 : 0;
      return looks > 40;
    },
    30_000,
  );
}
