/** The one write function, carried out by a thread of its own. */
import { log, shownError } from "../log.ts";
import type { DatabaseConfig, Result, Write } from "./connection.ts";
import type { WriteAnswer } from "./worker.ts";

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

  constructor(config: DatabaseConfig) {
    this.#config = config;
    this.#worker = this.#start();
  }

  write: Write = (statements) => {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, statements });
    return promise;
  };

  /** Ends the thread. What it was still doing is rejected, done or not. */
  close(): void {
    this.#worker?.terminate();
    this.#abandon("the database writer was closed");
  }

  #start(): Worker {
    const worker = new Worker(WORKER);
    worker.onmessage = ({ data }: MessageEvent<WriteAnswer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("results" in data) waiting?.resolve(data.results);
      else waiting?.reject(new WriteError(data.failure.message, data.failure.code));
    };
    worker.onerror = (event) => {
      log.error(
        "the writing thread failed and is started again",
        shownError(event.error ?? new Error(event.message)),
      );
      worker.terminate();
      this.#abandon("the writing thread failed");
    };
    worker.postMessage(this.#config);
    return worker;
  }

  /** The next write starts another thread. */
  #abandon(why: string): void {
    this.#worker = null;
    const abandoned = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of abandoned) reject(new WriteError(why, undefined));
  }
}
