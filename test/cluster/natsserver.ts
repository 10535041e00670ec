/** A real nats-server on a free port of 127.0.0.1, which tests may stop and start again, or freeze. */
import { atTheEnd } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { until } from "../harness/until.ts";

export interface NatsServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** It keeps its connections and says nothing, until `resume`. */
  readonly freeze: () => void;
  readonly resume: () => void;
}

/** `args` besides its address and port. It is not started yet. */
export async function prepareNats(args: readonly string[] = []): Promise<NatsServer> {
  const port = await freePort();
  let child: Bun.Subprocess | null = null;
  atTheEnd(() => child?.kill("SIGKILL"));
  return {
    address: `127.0.0.1:${port}`,
    start: async () => {
      let log = "";
      const started = Bun.spawn(["nats-server", "-a", "127.0.0.1", "-p", String(port), ...args], {
        env: bareEnv(),
        stdout: "ignore",
        stderr: "pipe",
      });
      child = started;
      void (async () => {
        for await (const chunk of started.stderr) log += new TextDecoder().decode(chunk);
      })();
      await until("nats-server is ready", () => {
        if (started.exitCode !== null) throw new Error(`nats-server ended: ${log}`);
        return log.includes("Server is ready");
      });
    },
    kill: async () => {
      child?.kill("SIGKILL");
      await child?.exited;
    },
    freeze: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
  };
}
