/** A client that asks for much and takes nothing: over HTTP/2 with a window of nothing, and over HTTP/1. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { selfSigned } from "../harness/certificate.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);

/** What one connection may cost, and what it costs before anything is asked for. */
const MAX_CONNECTION_MB = 20;
const insecure = { tls: { rejectUnauthorized: false } };

const residentMb = ({ pid }: Server) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;

/** Asks so often on one connection, takes headers alone, and resolves to what came of it once all have come. */
async function askWithoutWindow({ url }: Server, count: number, headers: Record<string, string>) {
  const session = connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
  session.on("error", () => undefined);
  atTheEnd(() => session.destroy());
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) {
    const stream = session.request(headers);
    stream.on("response", (answer) => statuses.push(Number(answer[":status"])));
    stream.on("error", () => undefined);
    stream.end();
  }
  await until("all headers", () => statuses.length === count);
  return { statuses, close: () => session.destroy() };
}

test("250 libraries on one connection that takes nothing are there once", async () => {
  const server = await startServer({ env: selfSigned().env });
  const docs = await (await fetch(`${server.url}/docs`, insecure)).text();
  const library = /docs\/library[^"]*\.js/.exec(docs)?.[0] ?? "";
  const whole = await (await fetch(`${server.url}/${library}`, insecure)).bytes();
  expect(whole.length).toBeGreaterThan(1_000_000);
  const before = residentMb(server);
  const many = await Promise.all(
    Array.from({ length: 4 }, () => askWithoutWindow(server, 250, { ":path": `/${library}` })),
  );
  for (const { statuses } of many) expect(new Set(statuses)).toEqual(new Set([200]));
  expect((residentMb(server) - before) / many.length).toBeLessThan(MAX_CONNECTION_MB);
  // And whoever takes it still gets all of it.
  expect((await (await fetch(`${server.url}/${library}`, insecure)).bytes()).length).toBe(whole.length);
  for (const { close } of many) close();
  await server.stop();
});

test("pages of history that nobody takes are few, and the key has its place again once they are given up", async () => {
  const server = await startServer({ env: selfSigned().env });
  const { number, key } = await addTenant(server.folder, "+14155551960");
  for (let i = 0; i < 5; i++) {
    const body = JSON.stringify(smsEvent(number, `${i} ${"x".repeat(200_000)}`));
    const init = { method: "POST", headers: signedHeaders(server.telnyx, body), body, ...insecure };
    expect((await fetch(`${server.url}/webhooks/telnyx`, init)).status).toBe(200);
  }
  const authorization = `Bearer ${key}`;
  const page = () => fetch(`${server.url}/v1/sms/messages`, { headers: { authorization }, ...insecure });
  expect((await page()).status).toBe(200);
  const before = residentMb(server);
  const path = { ":path": "/v1/sms/messages", authorization };
  const { statuses, close } = await askWithoutWindow(server, 250, path);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(statuses.filter((status) => status === 200).length).toBeLessThan(20);
  expect(residentMb(server) - before).toBeLessThan(2 * MAX_CONNECTION_MB);
  close();
  await until("there is a place again", async () => (await page()).status === 200);
  await server.stop();
});

test("over HTTP/1, too, what is not taken is not kept", async () => {
  const server = await startServer();
  const docs = await (await fetch(`${server.url}/docs`)).text();
  const library = /docs\/library[^"]*\.js/.exec(docs)?.[0] ?? "";
  await (await fetch(`${server.url}/${library}`)).bytes();
  const before = residentMb(server);
  const { hostname, port } = new URL(server.url);
  let answered = 0;
  for (let i = 0; i < 100; i++) {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.write(`GET /${library} HTTP/1.1\r\nHost: inlet.example.com\r\n\r\n`.repeat(10));
    socket.once("data", () => {
      socket.pause();
      answered++;
    });
    socket.on("error", () => undefined);
    atTheEnd(() => socket.destroy());
  }
  await until("each has begun", () => answered === 100);
  expect(residentMb(server) - before).toBeLessThan(2 * MAX_CONNECTION_MB);
  await server.kill();
});
