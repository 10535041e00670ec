/**
 * The engine has a file open for as long as anything of a closed connection lives: a statement, or the rows that it
 * gave. JavaScript's collector lets them go, but takes whatever still lies in the stack for alive, and that is what
 * was done last. So the same is done once more with a database in memory, which takes its place there.
 */
import { openEngine } from "./engine.ts";
import type { ConnectionOptions } from "./roles.ts";

const IN_MEMORY = { url: "file::memory:", authToken: null };

/** Resolves when this thread's closed connections have let go of their files. Some milliseconds. */
export async function collectClosed(options: ConnectionOptions): Promise<void> {
  const other = await openEngine(IN_MEMORY, options);
  await other.transact(["SELECT 1", "SELECT 2"]);
  await other.execute("SELECT 3");
  other.close();
  Bun.gc(true);
  await Bun.sleep(0);
}
