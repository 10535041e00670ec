/** Many streams in one process: opens them, counts what arrives, and how punctual the heartbeats are. */
import { percentile } from "./figures.ts";

export interface StreamsTask {
  readonly kind: "streams";
  readonly url: string;
  readonly path: string;
  /** Taken in turn. */
  readonly keys: readonly string[];
  readonly count: number;
  /** How many open at a time. */
  readonly lanes?: number;
  /** In ms: notes how late heartbeats come. */
  readonly heartbeatMs?: number;
  /** Every second one leaves as soon as it has asked. */
  readonly halfLeave?: boolean;
}

export interface Streams {
  readonly opened: number;
  readonly refused: number;
  readonly sockets: readonly { terminate(): void }[];
  readonly count: () => { events: number; bytes: number };
  /** Since it was last asked. */
  readonly beats: () => { beats: number; p99Ms: number; maxMs: number };
}

const EVENT = Buffer.from("event: sms_received");
const HEARTBEAT = Buffer.from(": heartbeat");
const NEWLINE = 10;
const OK = Buffer.from("HTTP/1.1 200");

/** Resolves when each was answered. */
export async function openStreams(task: StreamsTask): Promise<Streams> {
  const { keys, count, path, lanes = 8, heartbeatMs, halfLeave = false } = task;
  const { hostname, port } = new URL(task.url);
  const sockets: { terminate(): void }[] = [];
  let [opened, refused, events, bytes, next] = [0, 0, 0, 0, 0];
  let lateness: number[] = [];

  const open = (key: string, leaves: boolean) =>
    new Promise<void>((resolve, reject) => {
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${key}\r\n\r\n`;
      let answered = false;
      let rest: Buffer | null = null;
      let beatAt = Number.NaN;
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: (socket) => {
            socket.write(request);
            if (!leaves) return;
            socket.terminate();
            resolve();
          },
          data: (socket, received) => {
            bytes += received.byteLength;
            // Every line ends with a newline: what ends without one was cut, perhaps within the word.
            const chunk = rest ? Buffer.concat([rest, received]) : received;
            rest = chunk.at(-1) === NEWLINE ? null : Buffer.from(chunk.subarray(1 - EVENT.length));
            for (let at = chunk.indexOf(EVENT); at >= 0; at = chunk.indexOf(EVENT, at + EVENT.length))
              events++;
            if (heartbeatMs && chunk.includes(HEARTBEAT)) {
              const now = performance.now();
              if (beatAt > 0) lateness.push(Math.max(0, now - beatAt - heartbeatMs));
              beatAt = now;
            }
            if (answered) return;
            answered = true;
            if (chunk.subarray(0, OK.length).equals(OK)) {
              opened++;
              sockets.push(socket);
            } else {
              refused++;
              socket.terminate();
            }
            resolve();
          },
          error: (_, error) => reject(error),
        },
      }).catch(reject);
    });

  const lane = async () => {
    while (next < count) {
      const i = next++;
      await open(keys[i % keys.length] ?? "", halfLeave && i % 2 === 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return {
    opened,
    refused,
    sockets,
    count: () => ({ events, bytes }),
    beats: () => {
      const seen = lateness;
      lateness = [];
      return { beats: seen.length, p99Ms: percentile(seen, 0.99), maxMs: Math.max(0, ...seen) };
    },
  };
}

/** Leaves without a word, as a client whose machine lost its network connection would be seen to. */
export function closeStreams({ sockets }: Streams): void {
  for (const socket of sockets) socket.terminate();
}
