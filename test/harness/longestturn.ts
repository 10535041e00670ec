/**
 * How long one turn of the event loop of a running server took at worst, measured from outside. A thread asks for
 * `/healthz` back to back on one kept connection; what the server's main thread ran on a CPU between question and
 * answer is what stood between them: a turn that was under way, and at most the next. CPU time, because on a busy
 * machine the clock says more about the neighbours than about the server.
 */
import type { ProbeOrder, ProbeReport } from "./turnprobe.ts";

/** The rule: nothing from outside makes one turn longer. Here it is the sum of two, so it is the stricter. */
export const MAX_TURN_MS = 50;

export interface LongestTurn {
  /** What the main thread ran on a CPU, at most, between a question and its answer. */
  readonly cpuMs: number;
  /** The longest wait for an answer: for what sleeps in a turn, such as a lock, with a generous bound. */
  readonly wallMs: number;
  /** How often was asked. */
  readonly probes: number;
}

/** The longest turn of the server's main thread while `work` is under way. Linux only. */
export async function longestTurn(
  server: { readonly url: string; readonly pid: number },
  work: () => Promise<unknown>,
): Promise<LongestTurn> {
  const worker = new Worker(new URL("./turnprobe.ts", import.meta.url).href);
  const reports = inbox(worker);
  try {
    worker.postMessage({ url: server.url, pid: server.pid } satisfies ProbeOrder);
    await reports.next(); // it asks, and the connection has been made
    await work();
    worker.postMessage("stop" satisfies ProbeOrder);
    return (await reports.next()) as LongestTurn;
  } finally {
    worker.terminate();
  }
}

/** What the worker says, one by one. Rejects once it has failed. */
function inbox(worker: Worker): { next: () => Promise<ProbeReport> } {
  let { promise, resolve, reject } = Promise.withResolvers<ProbeReport>();
  worker.onmessage = ({ data }: MessageEvent<ProbeReport>) => resolve(data);
  worker.onerror = (event) => reject(new Error(`the probe failed: ${event.message}`));
  return {
    next: async () => {
      const report = await promise;
      ({ promise, resolve, reject } = Promise.withResolvers<ProbeReport>());
      return report;
    },
  };
}
