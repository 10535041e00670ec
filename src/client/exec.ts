/**
 * Runs the operator's command for a message: the message is on its standard input, as JSON, and nothing of it on its
 * command line or in its environment, so no shell ever reads a word of what a stranger wrote.
 */
import type { Message } from "../message.ts";

export interface Execution {
  /** A line for `/bin/sh`, as the operator wrote it. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Null waits for its end however long that takes. */
  readonly timeoutMs: number | null;
  /** Ends it before its time. */
  readonly kill: AbortSignal;
}

/** How long a command that is told to end may take for it. */
const GRACE_MS = 2_000;
const LOOK_MS = 20;

/** Null when it ended with exit code 0; else how it ended, to stand after "the command". */
export async function runCommand(execution: Execution, message: Message): Promise<string | null> {
  const { command, env, timeoutMs, kill } = execution;
  let child: Bun.Subprocess;
  try {
    child = Bun.spawn(["/bin/sh", "-c", command], {
      env,
      stdin: Buffer.from(`${JSON.stringify(message)}\n`),
      stdout: "inherit",
      stderr: "inherit",
      // In a process group of its own: Ctrl-C is for us, who let it finish; and it can be ended with its children.
      detached: true,
    });
  } catch (error) {
    return `could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
  const ending = new Ending(child.pid);
  let timedOut = false;
  const late = () => {
    timedOut = true;
    ending.begin();
  };
  const timer = timeoutMs === null ? undefined : setTimeout(late, timeoutMs);
  kill.addEventListener("abort", ending.begin, { once: true });
  if (kill.aborted) ending.begin();
  await child.exited;
  kill.removeEventListener("abort", ending.begin);
  clearTimeout(timer);
  await ending.finish();
  if (timedOut) return `took longer than ${(timeoutMs ?? 0) / 1000} s and was ended`;
  if (child.signalCode) return `was ended by ${child.signalCode}`;
  return child.exitCode === 0 ? null : `ended with exit code ${child.exitCode}`;
}

/** Ends a command with all that it started: asks, and after a while insists. */
class Ending {
  readonly #group: number;
  #deadline = 0;
  #timer: Timer | undefined;

  constructor(group: number) {
    this.#group = group;
  }

  begin = (): void => {
    if (this.#deadline > 0) return;
    this.#deadline = performance.now() + GRACE_MS;
    this.#signal("SIGTERM");
    this.#timer = setTimeout(() => this.#signal("SIGKILL"), GRACE_MS);
  };

  /** Once the shell has ended: waits for what it left behind, where it was told to end. */
  async finish(): Promise<void> {
    while (performance.now() < this.#deadline && this.#signal(0)) await Bun.sleep(LOOK_MS);
    clearTimeout(this.#timer);
    if (this.#deadline > 0) this.#signal("SIGKILL");
  }

  /** False when nothing of the group is left. */
  #signal(signal: "SIGTERM" | "SIGKILL" | 0): boolean {
    try {
      return process.kill(-this.#group, signal);
    } catch {
      return false;
    }
  }
}
