/** What the process takes of the machine, under the names that every program has for it, and which Inlet it is. */
import { readFileSync } from "node:fs";
import { descriptorLimit, openDescriptors } from "../platform/descriptors.ts";
import { COMMIT, LIBSQL, SQLITE, VERSION } from "../version.ts";
import { counter, type Family, gauge } from "./exposition.ts";

const startedAt = Date.now() / 1000 - performance.now() / 1000;

export function processFamilies(): Family[] {
  const { user, system } = process.cpuUsage();
  const labels = {
    version: VERSION,
    commit: COMMIT ?? "",
    bun: Bun.version,
    libsql: LIBSQL,
    sqlite: SQLITE ?? "",
  };
  const build: Family = {
    name: "inlet_build_info",
    help: "Which Inlet this is, and what is in it.",
    type: "gauge",
    samples: [{ labels, value: 1 }],
  };
  return [
    build,
    counter("process_cpu_seconds_total", "Processor time, of this process's own and the kernel's for it.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Memory that is in use.", residentBytes()),
    gauge("process_start_time_seconds", "When it started, in seconds since 1970.", startedAt),
    gauge("process_open_fds", "Open file descriptors.", openDescriptors()),
    gauge("process_max_fds", "How many it may have.", descriptorLimit()),
  ]; // biome-ignore format: a list
}

/** `process.memoryUsage()` takes milliseconds of the heap's. */
function residentBytes(): number {
  try {
    return Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]) * 4096;
  } catch {
    return Number.NaN; // not Linux
  }
}
