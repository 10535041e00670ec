/**
 * How long one turn of the event loop of a running server took at worst, measured from outside. A thread asks for
 * `/healthz` every millisecond on one kept connection; what the server's main thread ran on a CPU between question and
 * answer is what stood between them: a turn that was under way, and at most the next. CPU time, because on a busy
 * machine the clock says more about the neighbours than about the server.
 */
import { atTheEnd } from "./cleanup.ts";
import type { ProbeOrder, ProbeReport } from "./turnprobe.ts";

/** The rule: nothing from outside makes one turn longer. Here it is the sum of two, so it is the stricter. */
export const MAX_TURN_MS = 50;

const ATTEMPTS = 4;

export class TurnWatch {
  readonly #worker: Worker;
  #answered: (report: ProbeReport) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  /** Of a process that serves at `url`. Linux only. */
  constructor({ url, pid }: { readonly url: string; readonly pid: number }) {
    this.#worker = new Worker(new URL("./turnprobe.ts", import.meta.url).href);
    this.#worker.onmessage = ({ data }: MessageEvent<ProbeReport>) => this.#answered(data);
    this.#worker.onerror = ({ message }) => this.#failed(new Error(`the probe failed: ${message}`));
    this.#worker.postMessage({ url, pid } satisfies ProbeOrder);
    atTheEnd(() => this.stop());
  }

  /** The longest turn of the server's main thread while `work` is under way. */
  async during(work: () => Promise<unknown>): Promise<ProbeReport> {
    await this.#mark();
    await work();
    return this.#mark();
  }

  /**
   * The CPU time of the longest turn, in ms, while `work` is under way: of the first time that keeps to `maxMs`, or else
   * of the shortest. Neighbours on the machine cost CPU time, too, by its caches, but not each time.
   */
  async shortest(work: () => Promise<unknown>, maxMs = MAX_TURN_MS): Promise<number> {
    let shortest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ATTEMPTS && shortest > maxMs; i++)
      shortest = Math.min(shortest, (await this.during(work)).cpuMs);
    return shortest;
  }

  stop(): void {
    this.#worker.terminate();
  }

  /** Of the time since the last mark. */
  #mark(): Promise<ProbeReport> {
    const { promise, resolve, reject } = Promise.withResolvers<ProbeReport>();
    this.#answered = resolve;
    this.#failed = reject;
    this.#worker.postMessage("mark" satisfies ProbeOrder);
    return promise;
  }
}
