/** The other end of probe.ts. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";
import type { Delay } from "./probe.ts";

const PRELOAD = `--preload=${join(import.meta.dir, "probe.ts")}`;

export interface Probe {
  /** What the server is to be started with. */
  readonly env: Record<string, string>;
  /** Its delays since it was last asked. */
  readonly delay: (pid: number) => Promise<Delay>;
}

export function makeProbe(): Probe {
  const file = join(emptyFolder(), "delay.json");
  return {
    env: { BUN_OPTIONS: PRELOAD, PROBE_FILE: file },
    delay: async (pid) => {
      process.kill(pid, "SIGUSR2");
      await until("the probe to answer", () => existsSync(file), 30_000);
      const delay = JSON.parse(readFileSync(file, "utf8")) as Delay;
      rmSync(file);
      return delay;
    },
  };
}

/** A process that does nothing but to be late: what the machine, and not the server, is to blame for. */
export function startIdler(): { readonly delay: () => Promise<Delay>; readonly end: () => void } {
  const { env, delay } = makeProbe();
  const idler = Bun.spawn([process.execPath, "-e", "setInterval(() => {}, 1e6)"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  atTheEnd(() => idler.kill());
  return { delay: () => delay(idler.pid), end: () => idler.kill() };
}
