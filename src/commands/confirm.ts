/** A question on the terminal, before something is sent or lost. Standard output stays for what the command prints. */
import fs from "node:fs";
import { CommandError, errorCode, UsageError } from "../errors.ts";
import { escaped, note } from "./output.ts";

const STDIN = 0;
const MAX_ANSWER = 1_024;
const YES = /^\s*y(es)?\s*$/i;

/** Throws {@link UsageError} where nobody can be asked. */
export function requireTerminal(effect: string): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new UsageError(`${effect}, and there is no terminal on which to ask: say so with --yes`);
}

/**
 * Says what will be hit and asks on a terminal, unless `--yes` was given; who calls a command in a script has meant it.
 * Throws {@link CommandError} when the answer is no.
 */
export function agree(isSure: true | undefined, effect: string): void {
  if (isSure || !process.stdin.isTTY || !process.stderr.isTTY) return;
  if (!isAgreed(`${effect}. Go on?`)) throw new CommandError("nothing was changed");
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
