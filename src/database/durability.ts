/** What it means that a commit was acknowledged. */
import type { Read } from "./result.ts";

/** On disk; or with a server, which may lose its last moments when its machine does. */
export type Durability = "synced" | "acknowledged";

/** SQLite's FULL, which syncs the log at each commit, and EXTRA: https://www.sqlite.org/pragma.html#pragma_synchronous */
const SYNCS = 2;

/** sqld answers 2 in its mode `strong`, and 1 as it comes. A server that does not say promises nothing. */
export async function readDurability(read: Read): Promise<Durability> {
  const { rows } = await read("PRAGMA synchronous");
  return Number(rows[0]?.synchronous ?? 0) >= SYNCS ? "synced" : "acknowledged";
}
