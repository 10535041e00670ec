/** Runs what somebody would paste, in a folder of its own. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";

/** What stands in the texts, where a test has another port. */
export const PORT = "127.0.0.1:3000";

/** A folder with `inlet` in it, which is first on the PATH. */
export async function folderWithInlet(): Promise<{
  readonly folder: string;
  readonly env: Record<string, string>;
}> {
  const folder = emptyFolder();
  const bin = emptyFolder();
  symlinkSync(await binary(), join(bin, "inlet"));
  return { folder, env: bareEnv({ PATH: `${bin}:${process.env.PATH ?? ""}` }) };
}

export interface Running {
  readonly printed: () => string;
  readonly ended: Promise<number>;
}

export function run(command: readonly string[], folder: string, env: Record<string, string>): Running {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let printed = "";
  const gather = async (output: ReadableStream<Uint8Array>) => {
    for await (const chunk of output) printed += new TextDecoder().decode(chunk);
  };
  void gather(child.stdout);
  void gather(child.stderr);
  atTheEnd(() => child.kill("SIGTERM"));
  return { printed: () => printed, ended: child.exited };
}

/** The lines in a shell, which ends what they have started in the background when it is ended itself. */
export function shell(lines: string, folder: string, env: Record<string, string>): Running {
  return run(["bash", "-c", `trap 'kill $(jobs -p)' TERM\n${lines}\nwait\n`], folder, env);
}
