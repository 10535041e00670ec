/** The one write function, carried out by a thread of its own. */
import { log, shownError } from "../log.ts";
import type { DatabaseConfig, Write } from "./connection.ts";
import { CLOSE, type WriteAnswer } from "./exchange.ts";
import { type Result, toResult } from "./result.ts";

/** In the executable the worker is an entry point beside the main one (src/build.ts). */
const WORKER = Bun.isStandaloneExecutable
  ? "./database/worker.ts"
  : new URL("./worker.ts", import.meta.url).href;

interface Waiting {
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: Error) => void;
}

/** An error of the writing thread, with libSQL's code. */
class WriteError extends Error {
  override readonly name = "LibsqlError";
  readonly code: string | undefined;
  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

export class OffThreadWriter {
  readonly #config: DatabaseConfig;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #nextId = 1;
  #isClosed = false;
  #onClosed: () => void = () => undefined;

  constructor(config: DatabaseConfig) {
    this.#config = config;
    this.#worker = this.#start();
  }

  write: Write = (statements) => {
    if (this.#isClosed) return Promise.reject(new WriteError("the database writer is closed", undefined));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, statements });
    return promise;
  };

  /** Lets the thread finish the statement it is at, and close its connection. What waits is rejected. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#isClosed = true;
    if (!worker) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onClosed = resolve;
    worker.postMessage(CLOSE);
    // Never in the middle of a native call: ending the thread there aborts the process.
    await promise;
    worker.terminate();
    this.#abandon("the database writer was closed");
  }

  #start(): Worker {
    const worker = new Worker(WORKER);
    worker.onmessage = ({ data }: MessageEvent<WriteAnswer | typeof CLOSE>) => {
      if (data === CLOSE) return this.#onClosed();
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("results" in data) waiting?.resolve(data.results.map(toResult));
      else waiting?.reject(new WriteError(data.failure.message, data.failure.code));
    };
    worker.onerror = (event) => this.#lose(worker, event.error ?? new Error(event.message));
    worker.addEventListener("close", () => this.#lose(worker, new Error("it ended")));
    worker.postMessage(this.#config);
    return worker;
  }

  #lose(worker: Worker, error: unknown): void {
    if (worker !== this.#worker) return; // closed on purpose, or lost before
    log.error("the writing thread failed; the next write starts another", shownError(error));
    worker.terminate();
    this.#abandon("the writing thread failed");
    this.#onClosed();
  }

  /** The next write starts another thread. */
  #abandon(why: string): void {
    this.#worker = null;
    const abandoned = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of abandoned) reject(new WriteError(why, undefined));
  }
}
