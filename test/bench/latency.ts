/** From a webhook's first byte to its event at a client, at a steady rate, with many streams open. */
import { join } from "node:path";
import { addTenant, type Tenant } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { startInlet, TELNYX } from "./contestants.ts";
import { percentile } from "./process.ts";

const ACCOUNTS = 10;
const PER_SECOND = 200;
const SECONDS = 10;
const CONNECTIONS = 16;

/** Milliseconds. `streams` are open in all, those of each account held by a process of their own. */
export async function latency(streams: number): Promise<Record<string, number>> {
  const server = await startInlet();
  const { hostname, port } = new URL(server.url);
  const address = { hostname, port: Number(port) };
  const tenants: Tenant[] = [];
  for (let i = 0; i < ACCOUNTS; i++) tenants.push(await addTenant(server.folder, `+1415555${1000 + i}`));
  const crowd = await Promise.all(
    tenants.map(async ({ key }) => {
      const task = {
        kind: "streams",
        url: server.url,
        path: server.streamPath,
        key,
        count: streams / ACCOUNTS - 1,
      };
      const command = [process.execPath, join(import.meta.dir, "load.ts"), JSON.stringify(task)];
      const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe" });
      await child.stdout.getReader().read();
      return child;
    }),
  );

  const sentAt = new Map<string, number>();
  const took: number[] = [];
  for (const { key } of tenants) {
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const request = `GET ${server.streamPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    await Bun.connect({
      ...address,
      socket: {
        open: (socket) => void socket.write(request),
        data: (_, chunk) => {
          resolve();
          const now = performance.now();
          for (const [, text = ""] of chunk.toString("latin1").matchAll(/"body":"(text \d+)"/g)) {
            took.push(now - (sentAt.get(text) ?? Number.NaN));
          }
        },
      },
    });
    await opened;
  }

  const requests = Array.from({ length: PER_SECOND * SECONDS }, (_, i) => {
    const body = JSON.stringify(smsEvent(tenants[i % ACCOUNTS]?.number ?? "", `text ${i}`));
    const headers = Object.entries(signedHeaders(TELNYX, body)).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return `POST ${server.webhookPath} HTTP/1.1\r\nHost: x\r\n${headers.join("")}Content-Length: ${body.length}\r\n\r\n${body}`;
  });
  const idle: { write(text: string): number }[] = [];
  const connecting = Array.from({ length: CONNECTIONS }, async () => {
    idle.push(await Bun.connect({ ...address, socket: { data: (socket) => void idle.push(socket) } }));
  });
  await Promise.all(connecting);
  const startedAt = performance.now();
  for (let i = 0; i < requests.length; ) {
    const due = Math.min(requests.length, ((performance.now() - startedAt) / 1000) * PER_SECOND);
    for (let socket = i < due && idle.shift(); socket; socket = i < due && idle.shift()) {
      sentAt.set(`text ${i}`, performance.now());
      socket.write(requests[i++] ?? "");
    }
    await Bun.sleep(1);
  }
  while (took.length < requests.length) await Bun.sleep(10);
  for (const child of crowd) child.kill();
  await server.stop();
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99) };
}
