/** Runs commands of the compiled executable. */
import { binary } from "./binary.ts";

export type Env = Record<string, string>;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Only these variables reach the process: nothing of the tester's own. */
export function bareEnv(env: Env = {}): Env {
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...env };
}

/** Runs `inlet ARGS` in the folder and waits for its end. */
export async function inlet(folder: string, args: readonly string[], env: Env = {}): Promise<Ran> {
  const child = Bun.spawn([await binary(), ...args], {
    cwd: folder,
    env: bareEnv(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Runs `inlet ARGS --json` and reads what it printed. Throws when it failed. */
export async function inletJson<T>(folder: string, args: readonly string[], env: Env = {}): Promise<T> {
  const { code, stdout, stderr } = await inlet(folder, [...args, "--json"], env);
  if (code !== 0) throw new Error(`inlet ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
