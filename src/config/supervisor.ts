/** What systemd says of how it is to be told of this process: sd_notify(3), sd_watchdog_enabled(3). */
import type { Environment } from "./reader.ts";

export interface SupervisorConfig {
  /** The path of a socket for datagrams, or `@` and a name. */
  readonly socket: string;
  /** How long it waits for a sign of life; null where it does not. */
  readonly watchdogMs: number | null;
}

/** Null where nobody is to be told. */
export function supervisorOf(env: Environment, pid: number): SupervisorConfig | null {
  const { NOTIFY_SOCKET: socket = "", WATCHDOG_USEC = "", WATCHDOG_PID } = env;
  if (!/^[/@]./.test(socket)) return null;
  const isOurs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(pid);
  const watchdogMs = isOurs && /^[1-9]\d{0,14}$/.test(WATCHDOG_USEC) ? Number(WATCHDOG_USEC) / 1000 : null;
  return { socket, watchdogMs };
}
