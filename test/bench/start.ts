/** How long the executable takes to start. */
import { rmSync } from "node:fs";
import { binary } from "../harness/binary.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { serve } from "./contestants.ts";
import { atMost, type Figure, figure, median } from "./figures.ts";

const TIMES = 10;

/** Milliseconds from `serve` to the first 200 of `/readyz`, which asks the database. */
export async function startOn(folder: string, env: Record<string, string> = {}): Promise<number> {
  const startedAt = performance.now();
  const server = await serve(folder, env);
  const { status } = await fetch(`${server.url}/readyz`);
  const ms = performance.now() - startedAt;
  await server.stop();
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
  return ms;
}

async function version(): Promise<number> {
  const executable = await binary();
  const startedAt = performance.now();
  await Bun.spawn([executable, "version"], { stdio: ["ignore", "ignore", "inherit"] }).exited;
  return performance.now() - startedAt;
}

export async function start(): Promise<Figure[]> {
  const versions: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    versions.push(await version());
    const folder = emptyFolder();
    empty.push(await startOn(folder));
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    figure("inlet version", "ms", median(versions), atMost(80)),
    figure("serve, no database yet, to the first 200 of /readyz", "ms", median(empty), atMost(200)),
  ];
}
