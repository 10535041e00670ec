/** A thread with a connection of its own, for the writes, or for reads that may take long. */

import { errorFields, log } from "../log/log.ts";
import { CHECKPOINT, CLOSE, type Role, type Task, type WriteAnswer } from "./protocol.ts";
import { type Read, type Result, type Statement, toResult, type Write } from "./result.ts";
import type { DatabaseConfig } from "./url.ts";

/** In the executable the worker is an entry point beside the main one (src/build.ts). */
const WORKER = Bun.isStandaloneExecutable
  ? "./database/threadmain.ts"
  : new URL("./threadmain.ts", import.meta.url).href;

interface Waiting {
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: Error) => void;
}

/** An error of a thread, with libSQL's code. */
class ThreadError extends Error {
  override readonly name = "LibsqlError";
  readonly code: string | undefined;
  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

/** It takes some milliseconds, as a rule. */
const MAX_TAKEDOWN_MS = 500;

export class DatabaseThread {
  readonly #config: DatabaseConfig;
  readonly #role: Role;
  readonly #onError: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** How often its present thread tried work again, because another transaction was in the way. */
  retries = 0;
  #worker: Worker | null = null;
  #nextId = 1;
  #isClosed = false;
  #onClosed: () => void = () => undefined;

  /** A thread that writes starts at once; one that reads, when it is first needed. */
  constructor(config: DatabaseConfig, role: Role, onError: (error: Error) => void = () => undefined) {
    this.#config = config;
    this.#role = role;
    this.#onError = onError;
    if (role === "writing") this.#worker = this.#start();
  }

  write: Write = (statements) => this.#run(statements);

  read: Read = async (statement) => {
    const [result] = await this.#run([statement]);
    if (!result) throw new ThreadError("the thread answered nothing", undefined);
    return result;
  };

  /** Moves the log into the file, see checkpoint.ts. */
  checkpoint = async (): Promise<Result> => {
    const [result] = await this.#run(CHECKPOINT);
    if (!result) throw new ThreadError("the thread answered nothing", undefined);
    return result;
  };

  #run(statements: Statement[] | typeof CHECKPOINT): Promise<Result[]> {
    if (this.#isClosed) return Promise.reject(new ThreadError("the database is closed", undefined));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, statements });
    return promise;
  }

  /** Lets the thread finish its statement and close its connection. Requests that wait are rejected. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#isClosed = true;
    if (!worker) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onClosed = resolve;
    worker.postMessage(CLOSE);
    // Never in the middle of a native call: ending the thread there aborts the process.
    await promise;
    this.#abandon("the database was closed");
    // The thread lets go of its files only once it has been taken down.
    const isDown = new Promise<void>((resolve) => worker.addEventListener("close", () => resolve()));
    worker.terminate();
    await Promise.race([isDown, Bun.sleep(MAX_TAKEDOWN_MS)]);
  }

  #start(): Worker {
    const worker = new Worker(WORKER);
    worker.onmessage = ({ data }: MessageEvent<WriteAnswer | typeof CLOSE>) => {
      if (data === CLOSE) return this.#onClosed();
      this.retries = data.retries;
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("results" in data) return waiting?.resolve(data.results.map(toResult));
      const error = new ThreadError(data.failure.message, data.failure.code);
      this.#onError(error);
      waiting?.reject(error);
    };
    worker.onerror = (event) => this.#lose(worker, event.error ?? new Error(event.message));
    worker.addEventListener("close", () => this.#lose(worker, new Error("it ended")));
    worker.postMessage({ role: this.#role, config: this.#config } satisfies Task);
    return worker;
  }

  #lose(worker: Worker, error: unknown): void {
    if (worker !== this.#worker) return; // closed on purpose, or lost before
    log.error(`the ${this.#role} thread failed; a new one starts when it is needed`, errorFields(error));
    worker.terminate();
    this.#abandon(`the ${this.#role} thread failed`);
    this.#onClosed();
  }

  /** The next request starts another thread. */
  #abandon(why: string): void {
    this.#worker = null;
    const abandoned = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of abandoned) reject(new ThreadError(why, undefined));
  }
}
