/** The file of `--env-file`: lines of NAME=value. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { UsageError } from "../errors.ts";

/** Adds what is absent. Throws {@link UsageError}. */
export function fillFromFile(path: string, env: Record<string, string | undefined>): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `--env-file ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (text.includes("\0")) throw new UsageError(`--env-file ${path} is not a text of NAME=value lines`);
  // An empty variable counts as absent, here as everywhere.
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (!env[name]?.trim()) env[name] = value;
  }
}
