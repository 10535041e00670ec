/**
 * The load, in a process of its own so that its work is not counted as the server's. Reads one JSON line with what
 * to do, prints one with what it saw, its own CPU time included: below one core, it was not the bottleneck.
 */
import { readFileSync } from "node:fs";

type Task =
  | { kind: "streams"; url: string; path: string; key: string; count: number }
  | { kind: "ingest"; url: string; path: string; connections: number; file: string };

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
const { hostname, port } = new URL(task.url);
const report = (seen: object) => process.stdout.write(`${JSON.stringify(seen)}\n`);

if (task.kind === "streams") await followStreams(task);
else await sendWebhooks(task);

/** Opens streams one after the other and counts what arrives: `data:` lines, by their first bytes. */
async function followStreams({ path, key, count }: Extract<Task, { kind: "streams" }>) {
  let opened = 0;
  let bytes = 0;
  let events = 0;
  const needle = Buffer.from("sms_received");
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve, reject) => {
      let first = true;
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: (socket) => void socket.write(request),
          data: (_, chunk) => {
            bytes += chunk.byteLength;
            for (let at = chunk.indexOf(needle); at >= 0; at = chunk.indexOf(needle, at + 1)) events++;
            if (first) resolve();
            first = false;
          },
          error: (_, error) => reject(error),
        },
      }).catch(reject);
    });
    opened++;
  }
  report({ opened });
  for await (const line of console) {
    if (line === "count")
      report({ events, bytes, cpuMs: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000 });
    else process.exit(0);
  }
}

/** Sends requests that were signed beforehand, each connection one at a time, and counts the answers by status. */
async function sendWebhooks({ path, connections, file }: Extract<Task, { kind: "ingest" }>) {
  const prepared = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const { headers, body } = JSON.parse(line) as { headers: Record<string, string>; body: string };
      const lines = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
      return Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${lines}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  let next = 0;
  let open = connections;
  const statuses: Record<string, number> = {};
  const latencies: number[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    for (let i = 0; i < connections; i++) {
      let sentAt = 0;
      let answer = "";
      const send = (socket: { write(data: Buffer): number; end(): void }) => {
        const request = prepared[next++];
        if (!request) {
          socket.end();
          if (--open === 0) resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(request);
      };
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: send,
          data: (socket, chunk) => {
            answer += chunk.toString("latin1");
            const head = answer.indexOf("\r\n\r\n");
            if (head < 0) return;
            const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
            if (answer.length < head + 4 + length) return;
            const status = answer.slice(9, 12);
            statuses[status] = (statuses[status] ?? 0) + 1;
            latencies.push(performance.now() - sentAt);
            answer = "";
            send(socket);
          },
          error: (_, error) => reject(error),
        },
      }).catch(reject);
    }
  });
  const ms = performance.now() - startedAt;
  latencies.sort((a, b) => a - b);
  const usage = process.cpuUsage();
  report({
    ms,
    statuses,
    p50: latencies[latencies.length >> 1],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    cpuMs: (usage.user + usage.system) / 1000,
  });
}
