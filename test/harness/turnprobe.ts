/** The thread of longestturn.ts: it asks a thousand times a second, and the tests' own work does not delay it. */
import { readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { connect } from "node:tls";

/** Where to ask, first; then, each time, for a report of what was seen since the last. */
export type ProbeOrder = { readonly url: string; readonly pid: number } | "mark";

export interface ProbeReport {
  /** What the main thread ran on a CPU, at most, between a question and its answer. */
  readonly cpuMs: number;
  /** The longest wait for an answer: for what sleeps in a turn, such as a lock, with a generous bound. */
  readonly wallMs: number;
  /** How often was asked. */
  readonly probes: number;
}

/** What is asked before anything counts: the first answers compile what gives them. */
const WARM_UP = 50;

/**
 * Between an answer and the next question. Asked without a pause, the server is busier with the probe than with the
 * test. Of a turn that begins in a pause, what runs before its end is not seen.
 */
const PAUSE_MS = 1;

declare const self: Worker;
let marks = 0;

self.onmessage = ({ data }: MessageEvent<ProbeOrder>) => {
  if (data === "mark") marks++;
  else void probe(data.url, data.pid);
};

async function probe(url: string, pid: number): Promise<never> {
  const ask = asker(url);
  for (let i = 0; i < WARM_UP; i++) await ask();
  for (;;) {
    let [cpuMs, wallMs, probes] = [0, 0, 0];
    do {
      const [cpu, wall] = [ranMs(pid), performance.now()];
      await ask();
      cpuMs = Math.max(cpuMs, ranMs(pid) - cpu);
      wallMs = Math.max(wallMs, performance.now() - wall);
      probes++;
      await Bun.sleep(PAUSE_MS);
    } while (marks === 0);
    marks--;
    self.postMessage({ cpuMs, wallMs, probes } satisfies ProbeReport);
  }
}

/** What the main thread has run on a CPU: the first field of schedstat, in nanoseconds. */
function ranMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ", 1)[0]) / 1e6;
}

/** Asks on one connection that stays, and resolves once the answer has come. */
function asker(url: string): () => Promise<void> {
  const { protocol, hostname, port } = new URL(url);
  const to = { host: hostname, port: Number(port) };
  const socket: Socket =
    protocol === "https:" ? connect({ ...to, rejectUnauthorized: false }) : createConnection(to);
  let answered: () => void = () => undefined;
  socket.on("data", () => answered());
  socket.on("close", () => {
    throw new Error("the server closed the probe's connection");
  });
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = resolve;
    socket.write("GET /healthz HTTP/1.1\r\nHost: probe.example\r\n\r\n");
    return promise;
  };
}
