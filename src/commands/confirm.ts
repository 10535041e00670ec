/** A question on the terminal, before something is sent or lost. Standard output stays for what the command prints. */
import fs from "node:fs";
import { errorCode, UsageError } from "../errors.ts";
import { escaped, note } from "./output.ts";

const STDIN = 0;
const MAX_ANSWER = 1_024;
const YES = /^\s*y(es)?\s*$/i;

/** Throws {@link UsageError} where nobody can be asked. */
export function requireTerminal(effect: string): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new UsageError(`${effect}, and there is no terminal on which to ask: say so with --yes`);
}

/** True for `y` and `yes` alone. Waits for a line; Ctrl-C ends the process, as it does anywhere. */
export function isAgreed(question: string): boolean {
  note(`${escaped(question)} [y/N]`);
  const buffer = Buffer.alloc(MAX_ANSWER);
  for (;;) {
    try {
      return YES.test(buffer.toString("utf8", 0, fs.readSync(STDIN, buffer)));
    } catch (error) {
      if (errorCode(error) === "EOF") return false;
      if (errorCode(error) !== "EAGAIN") throw error;
      Bun.sleepSync(20); // a terminal that somebody else made non-blocking
    }
  }
}
