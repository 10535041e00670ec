/** A server under measurement: its CPU time and memory as the operating system counts them, threads included. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { atTheEnd } from "../harness/cleanup.ts";

/** Linux counts CPU time in hundredths of a second for programs, whatever the kernel's own tick. */
const TICK_MS = 10;

export interface Measured {
  readonly url: string;
  readonly pid: number;
  /** Kills it and all that it started. */
  readonly stop: () => Promise<void>;
  /** Lets it end by itself. */
  readonly finish: () => Promise<void>;
}

/** Starts a server and waits for the address it prints. */
export async function startMeasured(
  command: string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Measured> {
  const child = Bun.spawn(command, {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stop = async () => {
    // The number of one that has ended may be another's by now.
    if (child.exitCode === null && child.signalCode === null) for (const pid of family(child.pid)) kill(pid);
    await child.exited;
  };
  atTheEnd(stop);
  const reader = child.stdout.getReader();
  const complaints = new Response(child.stderr).text();
  let printed = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${command[0]} ended before it listened: ${printed}${await complaints}`);
    printed += Buffer.from(value).toString();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    if (!url) continue;
    void drain(reader);
    return {
      url,
      pid: child.pid,
      stop,
      finish: async () => {
        child.kill("SIGTERM");
        await child.exited;
      },
    };
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** A process and all that it started: a server may be several. */
function family(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/task`)) return [];
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** Milliseconds of CPU, user and system, of all its threads and processes. */
export function cpuMs(pid: number): number {
  return family(pid).reduce((sum, each) => {
    const fields = readFileSync(`/proc/${each}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }, 0);
}

/** Milliseconds for which its main thread could run and had no core: no delay of its own making. */
export function waitedMs(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(waited) / 1e6;
}

/** Resident memory of the process in bytes. */
export function rssBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
