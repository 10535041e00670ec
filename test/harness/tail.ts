/** `inlet tail` of the compiled executable, and what it says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "./binary.ts";
import { atTheEnd } from "./cleanup.ts";
import { bareEnv, type Env } from "./cli.ts";
import type { Server, Tenant } from "./server.ts";
import { deliver, smsEvent } from "./telnyx.ts";

export interface Tail {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The bodies of the JSON lines on its standard output so far. */
  readonly bodies: () => string[];
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Follows the tenant's stream, in the server's folder. */
export async function startTail(
  { url, folder }: Pick<Server, "url" | "folder">,
  { key }: Pick<Tenant, "key">,
  args: readonly string[] = [],
  env: Env = {},
): Promise<Tail> {
  const child = Bun.spawn([await binary(), "tail", "--url", url, ...args], {
    cwd: folder,
    env: bareEnv({ INLET_KEY: key, ...env }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  atTheEnd(() => child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  const gather = async (output: ReadableStream<Uint8Array>, into: keyof typeof said) => {
    const decoder = new TextDecoder();
    for await (const chunk of output) said[into] += decoder.decode(chunk, { stream: true });
  };
  const gathered = Promise.all([gather(child.stdout, "stdout"), gather(child.stderr, "stderr")]);
  const ended = child.exited.then(async () => {
    await gathered;
    return child.exitCode;
  });
  return {
    pid: child.pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    bodies: () => bodiesOf(said.stdout),
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** Of whole lines of JSON. */
export function bodiesOf(lines: string): string[] {
  const whole = lines.slice(0, lines.lastIndexOf("\n") + 1).split("\n");
  return whole.filter(Boolean).map((line) => (JSON.parse(line) as { body: string }).body);
}

/** The bodies of what a command appended to a file of the folder; none while there is no such file. */
export function bodiesIn(folder: string, name: string): string[] {
  try {
    return bodiesOf(readFileSync(join(folder, name), "utf8"));
  } catch {
    return [];
  }
}

/** Delivers a text with this body to the tenant's number. */
export async function send({ url, telnyx }: Server, { number }: Tenant, body: string): Promise<void> {
  await deliver(url, telnyx, smsEvent(number, body));
}
