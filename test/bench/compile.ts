/** Compiles the parts that are in C. */
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";

/** The path of what was made of a file of this folder, or null where there is no compiler. */
export function compile(source: string, ...options: string[]): string | null {
  const compiler = Bun.which("gcc") ?? Bun.which("cc");
  if (!compiler) return null;
  const made = join(emptyFolder(), source.replace(/\.c$/, ""));
  const command = [compiler, "-O2", "-o", made, join(import.meta.dir, source), ...options];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${source} could not be compiled: ${stderr.toString()}`);
  return made;
}
