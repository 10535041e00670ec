/** What once failed is written down in a file of the repository, as the formatter wants it, and tried for ever. */
import { writeFileSync } from "node:fs";
import { ROOT } from "./binary.ts";

export function keepJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  Bun.spawnSync([process.execPath, "x", "biome", "format", "--write", path], { cwd: ROOT });
}
