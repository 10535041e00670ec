/**
 * Put into the executable by `BUN_OPTIONS=--preload`, so that the event loop under measurement says itself how late
 * it is: a timer is due each millisecond, and those that came due while the loop was busy count as having waited for
 * its end, as a request would have. On SIGUSR2 it writes what it saw since the last one to `PROBE_FILE`.
 */
import { renameSync, writeFileSync } from "node:fs";

const INTERVAL_MS = 1;
/** Counts of lateness in hundredths of a millisecond, up to ten seconds. */
const PER_MS = 100;
const counts = new Uint32Array(10_000 * PER_MS);

export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The value below which such a share of the counts lies, in ms. */
function at(share: number, all: number): number {
  let passed = 0;
  const slot = counts.findIndex((count) => {
    passed += count;
    return passed >= share * all;
  });
  return slot / PER_MS;
}

function start(file: string): void {
  let dueAt = performance.now() + INTERVAL_MS;
  const tick = () => {
    const now = performance.now();
    for (let late = now - dueAt; late > 0; late -= INTERVAL_MS) {
      const slot = Math.min(counts.length - 1, Math.floor(late * PER_MS));
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    dueAt = performance.now() + INTERVAL_MS;
    setTimeout(tick, INTERVAL_MS);
  };
  setTimeout(tick, INTERVAL_MS);
  process.on("SIGUSR2", () => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    const delay: Delay = { p50Ms: at(0.5, all), p99Ms: at(0.99, all), maxMs: at(1, all) };
    counts.fill(0);
    writeFileSync(`${file}.part`, JSON.stringify(delay));
    renameSync(`${file}.part`, file);
  });
}

if (Bun.isMainThread && process.env.PROBE_FILE) start(process.env.PROBE_FILE);
