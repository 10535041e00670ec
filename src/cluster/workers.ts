/**
 * Several processes of this machine that share a port and a database: the parent starts them, starts those again
 * that die, hands their bells on, and ends them in good order. It serves nothing itself.
 */
import type { Subprocess } from "bun";
import { log } from "../log/log.ts";
import type { FromWorker, ToWorker } from "./bell.ts";

/** Starts one worker; of the later ones with the port that the first one got. */
export type Spawn = (port: string | null, onMessage: (message: FromWorker) => void) => Subprocess;

/** A worker that dies at once must not be started again at once. */
const RESTART_MS = 1_000;

export class Workers {
  readonly #spawn: Spawn;
  readonly #running = new Set<Subprocess>();
  #isStopping = false;

  constructor(spawn: Spawn) {
    this.#spawn = spawn;
  }

  /** Starts so many, the first one alone: it makes the database, and finds out the port. Resolves to their URL. */
  async start(count: number): Promise<string> {
    const url = await this.#startOne(null);
    const port = portOf(url);
    await Promise.all(Array.from({ length: count - 1 }, () => this.#startOne(port)));
    return url;
  }

  /** Ends all, each after its own drain. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const worker of this.#running) say(worker, { kind: "stop" });
    await Promise.all([...this.#running].map((worker) => worker.exited));
  }

  /** Ends all at once. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#running) worker.kill("SIGKILL");
  }

  /** Resolves when it listens; rejects when it ends before. */
  #startOne(port: string | null): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let ownPort = port;
    const worker = this.#spawn(port, (message) => {
      if (message.kind === "ring") return this.#handOn(worker);
      ownPort = portOf(message.url);
      resolve(message.url);
    });
    this.#running.add(worker);
    void worker.exited.then((code) => {
      this.#running.delete(worker);
      reject(new Error(`a worker ended with ${code} before it listened`));
      if (this.#isStopping || ownPort === null) return;
      log.error("a worker exited and is being restarted", { code, process: worker.pid });
      setTimeout(() => void this.#restart(ownPort), RESTART_MS);
    });
    return promise;
  }

  async #restart(port: string | null): Promise<void> {
    if (this.#isStopping) return;
    await this.#startOne(port).catch(() => undefined); // its end starts another
  }

  #handOn(from: Subprocess): void {
    for (const worker of this.#running) if (worker !== from) say(worker, { kind: "ring" });
  }
}

/** A URL leaves out the port that is its scheme's own. */
function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === "https:" ? "443" : "80");
}

function say(worker: Subprocess, message: ToWorker): void {
  if (worker.exitCode === null && !worker.killed) worker.send(message);
}
