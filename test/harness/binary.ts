/** The compiled executable, built when it is missing or older than what it is made of. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

export const ROOT = join(import.meta.dir, "../..");
const BINARY = join(ROOT, "dist/inlet");

let building: Promise<string> | null = null;

export function binary(): Promise<string> {
  building ??= build();
  return building;
}

async function build(): Promise<string> {
  const patterns = ["src/**/*", "drizzle/**/*", "package.json", "bun.lock"];
  const sources = patterns.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: ROOT })]);
  if (sources.length === 0) throw new Error(`there are no sources in ${ROOT}`);
  const newest = Math.max(...sources.map((path) => statSync(join(ROOT, path)).mtimeMs));
  const built = statSync(BINARY, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest) return BINARY;
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "src/build.ts"], { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`the executable could not be built: ${stderr.toString()}`);
  return BINARY;
}
