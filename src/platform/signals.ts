/** Which signals this process was started with as ignored, as `nohup` and shells do for what they start. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** To be asked before handlers are set, which replace that. None where the system does not tell. */
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
