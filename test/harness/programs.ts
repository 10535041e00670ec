/** Programs that a test needs and a machine may not have: a test without its own is skipped, except where CI=true. */
import { test } from "bun:test";
import { existsSync } from "node:fs";

/** `test`, or `test.skip` and one line that says how to get the program (a name, or a path) of the Debian package. */
export function testWith(program: string, debian: string) {
  const isThere = program.startsWith("/") ? existsSync(program) : Bun.which(program) !== null;
  if (isThere || process.env.CI === "true") return test;
  const message = `skipped without ${program}: apt-get install ${debian}`;
  if (!told.has(message)) process.stderr.write(`${message}\n`);
  told.add(message);
  return test.skip;
}

const told = new Set<string>();
