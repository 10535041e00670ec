/** Clients that never read, and those that take for ever to send: they cost little, and hold up nobody else. */
import { createConnection, type Socket } from "node:net";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { besideOthers } from "./others.ts";
import type { Outcome, Trial } from "./trial.ts";

const STREAMS = 40;
const PIPELINES = 20;
/** On one connection, of which no answer is read: each is a page of 200 kB. */
const PIPELINED = 50;
const SLOW = 200;
const BYTE_EVERY_MS = 50;
const TEXTS = 40;
const TEXT_LENGTH = 20_000;

function open(server: Server, onOpen: (socket: Socket) => void): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.on("connect", () => onOpen(socket));
  atTheEnd(() => socket.destroy());
  return socket;
}

async function start(): Promise<{ server: Server; tenant: Tenant }> {
  const server = await startServer();
  const tenant = await addTenant(server.folder, "+14155550001");
  const event = (i: number) => smsEvent(tenant.number, `${i} ${"x".repeat(TEXT_LENGTH)}`);
  await Promise.all(Array.from({ length: TEXTS }, (_, i) => deliver(server.url, server.telnyx, event(i))));
  return { server, tenant };
}

async function neverRead(isOver: () => boolean): Promise<Outcome> {
  const { server, tenant } = await start();
  const outcome = await besideOthers(server, tenant, async () => {
    let connections = 0;
    const request = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\n\r\n`;
    do {
      const sockets = [
        ...Array.from({ length: STREAMS }, () => request("/v1/sms/stream?since=all")),
        ...Array.from({ length: PIPELINES }, () => request("/v1/sms/messages?limit=10").repeat(PIPELINED)),
        ...Array.from({ length: PIPELINES }, () => request("/openapi.json").repeat(PIPELINED)),
      ].map((text) => open(server, (socket) => socket.pause().write(text)));
      connections += sockets.length;
      await Bun.sleep(1_500);
      for (const socket of sockets) socket.destroy();
    } while (!isOver());
    return { connections };
  });
  await server.kill();
  return outcome;
}

async function neverSend(isOver: () => boolean): Promise<Outcome> {
  const { server, tenant } = await start();
  const outcome = await besideOthers(server, tenant, async () => {
    let connections = 0;
    const head = `GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(4_000)}`;
    const signature = `telnyx-signature-ed25519: ${"A".repeat(86)}==\r\n`;
    const body = `POST /webhooks/telnyx HTTP/1.1\r\nHost: x\r\n${signature}telnyx-timestamp: ${Math.floor(Date.now() / 1000)}\r\nContent-Length: 100000\r\n\r\n${"x".repeat(4_000)}`;
    do {
      const begun = [head, body].flatMap((text) =>
        Array.from({ length: SLOW / 2 }, () => {
          let at = Math.floor(Math.random() * text.length);
          const socket = open(server, () => socket.write(text.slice(0, at)));
          const timer = setInterval(() => socket.write(text.slice(at, ++at)), BYTE_EVERY_MS);
          socket.on("close", () => clearInterval(timer));
          return socket;
        }),
      );
      connections += begun.length;
      await Bun.sleep(1_500);
      for (const socket of begun) socket.destroy();
    } while (!isOver());
    return { connections };
  });
  await server.kill();
  return outcome;
}

export const unread: Trial = { name: "clients that never read", run: neverRead };
export const slow: Trial = { name: "headers and bodies byte by byte", run: neverSend };
