/** File descriptors: each connection, and each file that is open, takes one of those the process may have. */
import { readdirSync, readFileSync, statSync } from "node:fs";

const OPEN = "/proc/self/fd";

/** How many this process may have; the runtime has raised that to as many as the system allows. */
export function descriptorLimit(): number {
  return descriptorLimitOf("self") ?? Number.POSITIVE_INFINITY; // not Linux
}

/** The same of another process; null where there is none of this id, or it is another user's. */
export function descriptorLimitOf(pid: number | "self"): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/limits`, "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return null;
  }
}

/** How many it has. Since Linux 6.2 the folder's size says so; before that its entries are counted (1 ms for 2,000). */
export function openDescriptors(): number {
  try {
    return statSync(OPEN).size || readdirSync(OPEN).length;
  } catch (error) {
    // Counting takes one, too.
    return isExhaustion(error) ? Number.POSITIVE_INFINITY : 0;
  }
}

function isExhaustion(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}
