/**
 * Tells systemd when the service is ready, that it lives, and when it stops. The sign of life comes from the event loop:
 * a process that hangs gives none, and is started again.
 */
import type { SupervisorConfig } from "../config/supervisor.ts";
import { sendDatagram } from "../platform/libc.ts";

/** As systemd advises: half of what it waits. */
const WATCHDOG_PART = 1 / 2;

export class Supervisor {
  readonly #config: SupervisorConfig | null;
  #timer: Timer | null = null;

  /** Null: nobody is told anything. */
  constructor(config: SupervisorConfig | null) {
    this.#config = config;
  }

  ready(url: string): void {
    this.#tell(`READY=1\nSTATUS=listening on ${url}`);
    const { watchdogMs } = this.#config ?? { watchdogMs: null };
    if (watchdogMs === null || this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tell("WATCHDOG=1"), watchdogMs * WATCHDOG_PART);
    this.#timer.unref();
  }

  /** It gives signs of life until its end. */
  stopping(): void {
    this.#tell("STOPPING=1\nSTATUS=stopping");
  }

  #tell(state: string): void {
    if (this.#config) sendDatagram(this.#config.socket, state);
  }
}
