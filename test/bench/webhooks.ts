/** Sends requests that were made beforehand, as fast as they are answered or at a steady rate. */
import { readFileSync } from "node:fs";
import { percentile } from "./figures.ts";

interface Way {
  readonly url: string;
  readonly connections: number;
}

export interface WebhooksTask extends Way {
  readonly kind: "webhooks";
  readonly path: string;
  /** A line for each request: a {@link Prepared}. */
  readonly file: string;
  /** As fast as they are answered, if absent. */
  readonly perSecond?: number;
}

export interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Sent {
  readonly ms: number;
  /** How many were answered 200. */
  readonly ok: number;
  readonly others: number;
  readonly p50: number;
  readonly p99: number;
}

/** A connection. `done` is called when the request was answered, or the connection lost. */
interface Line {
  readonly send: (request: Buffer, done: (ok: boolean) => void) => void;
}

export function readRequests({ file, path }: WebhooksTask): Buffer[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => toRequest(path, JSON.parse(line) as Prepared));
}

/** As it goes over the connection. */
export function toRequest(path: string, { headers, body }: Prepared): Buffer {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${fields.join("")}Content-Length: ${length}\r\n\r\n${body}`,
  );
}

/** Each connection sends the next request when the last one was answered. */
export async function sendInTurn(task: Way, requests: readonly Buffer[]): Promise<Sent> {
  const lines = await connect(task);
  const tally = new ThrottledLog();
  let next = 0;
  const work = ({ send }: Line) =>
    new Promise<void>((resolve) => {
      const step = () => {
        const request = requests[next++];
        if (!request) return resolve();
        const sentAt = performance.now();
        send(request, (ok) => {
          tally.add(ok, performance.now() - sentAt);
          step();
        });
      };
      step();
    });
  await Promise.all(lines.map(work));
  return tally.sent();
}

/** Sends each when it is due, whether or not those before were answered, while there is a connection to spare. */
export async function sendSteadily(
  task: Way,
  requests: readonly Buffer[],
  perSecond: number,
  onSend: (i: number) => void = () => undefined,
): Promise<Sent> {
  const idle = await connect(task);
  const tally = new ThrottledLog();
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const startedAt = performance.now();
  let sent = 0;
  while (sent < requests.length) {
    const due = Math.min(requests.length, ((performance.now() - startedAt) / 1000) * perSecond);
    while (sent < due) {
      const line = idle.shift();
      if (!line) break;
      const dueAt = startedAt + (sent / perSecond) * 1000;
      onSend(sent);
      line.send(requests[sent++] ?? Buffer.alloc(0), (ok) => {
        tally.add(ok, performance.now() - dueAt);
        idle.push(line);
        if (tally.count === requests.length) resolve();
      });
    }
    await Bun.sleep(1);
  }
  await all;
  return tally.sent();
}

class ThrottledLog {
  readonly #startedAt = performance.now();
  readonly #took: number[] = [];
  #ok = 0;

  get count(): number {
    return this.#took.length;
  }

  add(ok: boolean, ms: number): void {
    if (ok) this.#ok++;
    this.#took.push(ms);
  }

  sent(): Sent {
    const ms = performance.now() - this.#startedAt;
    const p = (share: number) => percentile(this.#took, share);
    return { ms, ok: this.#ok, others: this.count - this.#ok, p50: p(0.5), p99: p(0.99) };
  }
}

const HEAD_END = Buffer.from("\r\n\r\n");
const OK = Buffer.from(" 200 ");

function connect({ url, connections }: Way): Promise<Line[]> {
  const { hostname, port } = new URL(url);
  return Promise.all(
    Array.from({ length: connections }, async () => {
      let waiting: ((ok: boolean) => void) | null = null;
      let early = Buffer.alloc(0);
      const done = (ok: boolean) => {
        const tell = waiting;
        waiting = null;
        tell?.(ok);
      };
      const socket = await Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          data: (_, chunk) => {
            const answer = early.length > 0 ? Buffer.concat([early, chunk]) : chunk;
            early = isWhole(answer) ? Buffer.alloc(0) : Buffer.from(answer);
            if (early.length === 0) done(answer.subarray(8, 13).equals(OK));
          },
          close: () => done(false),
        },
      });
      return {
        send: (request: Buffer, whenDone: (ok: boolean) => void) => {
          waiting = whenDone;
          socket.write(request);
        },
      };
    }),
  );
}

function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf(HEAD_END);
  if (head < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(answer.toString("latin1", 0, head))?.[1] ?? 0);
  return answer.length >= head + HEAD_END.length + length;
}
