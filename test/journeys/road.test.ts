/** What stands between us and the world: proxies, signals that were ignored, variables of other programs. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, type Env, inlet } from "../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

let server: Server;
let tenant: Tenant;
/** What the proxy was shown. */
const shown: string[] = [];
let proxy: Env;

beforeAll(async () => {
  server = await startServer({ args: ["--development"] });
  tenant = await addTenant(server.folder, "+14155550701");
  const listening = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      shown.push(`${request.url} ${request.headers.get("authorization")}`);
      return new Response("none of ours", { status: 502 });
    },
  });
  atTheEnd(() => listening.stop(true));
  proxy = { HTTP_PROXY: listening.url.origin, HTTPS_PROXY: listening.url.origin };
});

/** A command that goes on, and what it wrote so far. */
async function start(command: string[], env: Env, folder = server.folder) {
  const child = Bun.spawn(command, {
    cwd: folder,
    env: bareEnv(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  atTheEnd(() => child.kill("SIGKILL"));
  let output = "";
  const gather = async (from: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of from) output += decoder.decode(chunk, { stream: true });
  };
  void gather(child.stdout);
  void gather(child.stderr);
  return { child, output: () => output };
}

test("a proxy is shown nothing that is meant for this machine", async () => {
  const { port } = new URL(server.url);
  for (const host of ["127.0.0.1", "localhost"]) {
    const url = `http://${host}:${port}`;
    const tail = await start([await binary(), "tail", "--url", url, "--since", "all"], {
      ...proxy,
      INLET_KEY: tenant.key,
    });
    const text = `past the proxy to ${host}`;
    const to = ["--to", tenant.number, "--text", text, "--url", url];
    expect((await inlet(server.folder, ["simulate", ...to], proxy)).stdout).toContain("stored");
    await until("tail has it", () => tail.output().includes(text));
    tail.child.kill();
  }
  const env = { ...proxy, DATABASE_URL: "http://127.0.0.1:1", DATABASE_AUTH_TOKEN: "token" };
  const { code, stderr } = await inlet(emptyFolder(), ["accounts", "list"], env);
  expect([code, stderr]).toEqual([1, expect.stringContaining("its server cannot be reached (")]);
  expect(shown).toEqual([]);
});

test("where a proxy is used, errors name it", async () => {
  const url = "http://sms.example.com";
  const through = `through the proxy ${proxy.HTTP_PROXY}`;
  const tail = await start([await binary(), "tail", "--url", url], { ...proxy, INLET_KEY: tenant.key });
  await until("tail says so", () => tail.output().includes(`${url} answered 502 ${through}`));
  const simulated = await inlet(server.folder, ["simulate", "--to", tenant.number, "--url", url], proxy);
  expect(simulated.stderr).toContain(through);
  const { stderr } = await inlet(emptyFolder(), ["accounts", "list"], {
    ...proxy,
    DATABASE_URL: "http://db.example.com",
  });
  expect(stderr).toContain(through);
});

test("what is ignored at the start stays ignored", async () => {
  const inlet = await binary();
  const commands = [
    { command: [inlet, "serve"], sign: "listening" },
    { command: [inlet, "serve", "--workers", "2"], sign: "listening" },
    { command: [inlet, "tail", "--url", server.url], sign: "" },
  ];
  for (const { command, sign } of commands) {
    const env = { INLET_KEY: tenant.key, PORT: "0" };
    const { child, output } = await start(["nohup", ...command], env, emptyFolder());
    await until("it hears", async () => output().includes(sign) && (await has(child.pid, "SigCgt", SIGTERM)));
    child.kill("SIGHUP");
    expect(await has(child.pid, "SigIgn", SIGHUP), command.join(" ")).toBeTrue();
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  }
});

const [SIGHUP, SIGTERM] = [1n, 15n] as const;

/** Whether a signal is in this set of a process: those that it handles (`SigCgt`), or ignores (`SigIgn`). */
async function has(pid: number, set: "SigCgt" | "SigIgn", signal: bigint): Promise<boolean> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  const mask = new RegExp(`${set}:\\s*([0-9a-f]+)`).exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> (signal - 1n)) & 1n) === 1n;
}

const CONDA = "x86_64-conda-linux-gnu";

test("HOST of another program stops neither demo nor simulate, and serve says that it is HOST", async () => {
  const demo = await start([await binary(), "demo"], {
    HOST: CONDA,
    PORT: "x",
    NATS_URL: "h",
    TELNYX_API_KEY: "KEY1",
  });
  await until("the demo runs", () => demo.output().includes("Inlet is running"));
  for (const warned of [`HOST holds "${CONDA}"`, 'PORT holds "x"', "NATS_URL holds what is not"])
    expect(demo.output()).toContain(warned);
  demo.child.kill();
  const { port } = new URL(server.url);
  const simulated = await inlet(server.folder, ["simulate", "--to", tenant.number], {
    HOST: CONDA,
    PORT: port,
  });
  expect([simulated.code, simulated.stderr]).toEqual([0, expect.stringContaining(`HOST holds "${CONDA}"`)]);
  for (const host of [CONDA, "203.0.113.7", "fe80::1"]) {
    const { code, stderr } = await inlet(emptyFolder(), ["serve"], { HOST: host, PORT: "0" });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`HOST holds "${host}"`)]);
  }
});

test("a command that gets messages gets none of our variables", async () => {
  const secrets = {
    INLET_KEY: tenant.key, DATABASE_URL: "http://127.0.0.1:1", DATABASE_AUTH_TOKEN: "secret", TELNYX_API_KEY: "secret",
    TELNYX_PUBLIC_KEY: "secret", NATS_CREDS: "secret", METRICS_TOKEN: "secret", TLS_KEY: "secret",
  }; // biome-ignore format: a list
  const command = [await binary(), "tail", "--url", server.url, "--since", "all", "--exec", "env; exit 0"];
  const { child, output } = await start(command, { ...secrets, MINE: "kept" });
  await inlet(server.folder, ["simulate", "--to", tenant.number, "--url", server.url]);
  await until("the command ran", () => output().includes("MINE=kept"));
  for (const name of Object.keys(secrets)) expect(output()).not.toContain(`${name}=`);
  child.kill();
});
