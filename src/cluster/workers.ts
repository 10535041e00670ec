/**
 * Several processes of this machine that share a port and a database: the parent starts them, starts those again
 * that die, hands their bells on, and ends them in good order. It serves nothing itself.
 */
import type { Subprocess } from "bun";
import { log } from "../log/log.ts";
import type { FromWorker, ToWorker } from "./parent.ts";
import { Ringer } from "./ringer.ts";
import { Surveyor } from "./survey.ts";

type Worker = Pick<Subprocess, "exited" | "exitCode" | "killed" | "kill" | "pid" | "send">;

/** Starts one worker; of the later ones with the port that the first one got. */
export type Spawn = (port: string | null, onMessage: (message: FromWorker) => void) => Worker;

/** Before a worker that died is started again; doubled each time that it dies young. */
const RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** A worker that served, and lived for so long, did not die of how it was started. */
const YOUNG_MS = 10_000;
/** So many young deaths in a row, over half a minute, with no worker that serves: what kills them will not go away. */
const MAX_YOUNG_DEATHS = 6;

export class Workers {
  /** Resolves when no worker serves and starting them does not help. */
  readonly hopeless: Promise<void>;
  readonly #spawn: Spawn;
  /** Each with what rings for it. */
  readonly #running = new Map<Worker, Ringer>();
  /** Each with its place, from 1 on: whoever is started for one that died has its place. */
  readonly #serving = new Map<Worker, number>();
  readonly #surveyor = new Surveyor<Worker>(say);
  readonly #giveUp: () => void;
  #isStopping = false;

  constructor(spawn: Spawn) {
    this.#spawn = spawn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.hopeless = promise;
    this.#giveUp = resolve;
  }

  /**
   * Starts so many, the first one alone: it makes the database, and finds out the port. Resolves to their URL. Throws
   * when the first one ends before it listens; the others are then started again as ever.
   */
  async start(count: number): Promise<string> {
    const url = await this.#startOne(null, 1, 0);
    const port = portOf(url);
    const others = Array.from({ length: count - 1 }, (_, i) => this.#startOne(port, i + 2, 0));
    await Promise.allSettled(others);
    return url;
  }

  /** Ends all, each after its own drain, and kills those that are not gone after `ms`: such a one hangs. */
  async stop(ms: number): Promise<void> {
    this.#isStopping = true;
    for (const worker of this.#running.keys()) say(worker, { kind: "stop" });
    const timer = setTimeout(() => {
      log.error("workers did not end in time, and are killed", { workers: this.#running.size });
      this.kill();
    }, ms);
    await Promise.all([...this.#running.keys()].map((worker) => worker.exited));
    clearTimeout(timer);
  }

  /** Ends all at once. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#running.keys()) worker.kill("SIGKILL");
  }

  /** Resolves when it listens; rejects when it ends before. `youngDeaths`: of those before it in its place, in a row. */
  #startOne(port: string | null, place: number, youngDeaths: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const startedAt = performance.now();
    let ownPort = port;
    const worker = this.#spawn(port, (message) => {
      if (message.kind === "heard") return this.#running.get(worker)?.heard();
      if (message.kind === "ring") return this.#handOn(worker);
      if (message.kind !== "listening") return this.#surveyor.hear(worker, message, this.#serving);
      ownPort = portOf(message.url);
      this.#serving.set(worker, place);
      resolve(message.url);
    });
    this.#running.set(worker, new Ringer(() => say(worker, { kind: "ring" })));
    void worker.exited.then((code) => {
      this.#running.delete(worker);
      const didServe = this.#serving.delete(worker);
      reject(new Error(`a worker ended with ${code} before it listened`));
      if (this.#isStopping || ownPort === null) return;
      const isYoung = !didServe || performance.now() - startedAt < YOUNG_MS;
      this.#replace(worker, code, ownPort, place, isYoung ? youngDeaths + 1 : 0);
    });
    return promise;
  }

  #replace(worker: Worker, code: number, port: string, place: number, youngDeaths: number): void {
    const known = { code, process: worker.pid };
    if (youngDeaths >= MAX_YOUNG_DEATHS && this.#serving.size === 0) {
      log.error("workers end again and again as soon as they are started: giving up", known);
      return this.#giveUp();
    }
    const ms = Math.min(MAX_RESTART_MS, RESTART_MS * 2 ** Math.max(0, youngDeaths - 1));
    log.error("a worker ended and is started again", { ...known, in_ms: ms });
    setTimeout(() => {
      // Its end starts another.
      if (!this.#isStopping) this.#startOne(port, place, youngDeaths).catch(() => undefined);
    }, ms);
  }

  #handOn(from: Worker): void {
    say(from, { kind: "heard" });
    for (const [worker, ringer] of this.#running) if (worker !== from) ringer.ring();
  }
}

/** A URL leaves out the port that is its scheme's own. */
function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === "https:" ? "443" : "80");
}

function say(worker: Worker, message: ToWorker): void {
  if (worker.exitCode === null && !worker.killed) worker.send(message);
}
