/** Signals: which of them this process ignores, and what is done before one of them ends it. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";

const DEADLY = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Does this work, which must not wait, when a signal is about to end the process. Returns what calls it off. */
export function beforeDeath(work: () => void): () => void {
  const ignored = ignoredSignals();
  const handlers = DEADLY.filter((signal) => !ignored.has(signal)).map((signal) => {
    const handler = () => {
      callOff();
      work();
      process.kill(process.pid, signal); // which nobody hears now
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  const callOff = () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
  return callOff;
}

/**
 * Those that it was started with as ignored, as `nohup` and shells do for what they start. To be asked before
 * handlers are set, which replace that. None where the system does not tell.
 */
export function ignoredSignals(): ReadonlySet<string> {
  const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(ownStatus())?.[1] ?? "0"}`);
  const isIgnored = (signal: number) => ((mask >> BigInt(signal - 1)) & 1n) === 1n;
  const names = Object.entries(constants.signals).filter(([, signal]) => isIgnored(signal));
  return new Set(names.map(([name]) => name));
}

function ownStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return ""; // not Linux
  }
}
