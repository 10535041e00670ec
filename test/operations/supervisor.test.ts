/** systemd is told when the service is ready, that it lives, and when it stops; the unit is what systemd takes. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { supervisorOf } from "../../src/config/supervisor.ts";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { startServer } from "../harness/server.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

/** Takes datagrams as systemd does, and prints each on a line. The runtime has no such sockets. */
const TAKER = `
import socket, sys
taker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
path = sys.argv[1]
taker.bind("\\0" + path[1:] if path.startswith("@") else path)
print("bound", flush=True)
while True: print(repr(taker.recv(65536).decode()), flush=True)
`;

async function taker(socket: string): Promise<() => string> {
  const child = Bun.spawn(["python3", "-c", TAKER, socket], { stdout: "pipe", stderr: "inherit" });
  atTheEnd(() => child.kill("SIGKILL"));
  let taken = "";
  void (async () => {
    for await (const chunk of child.stdout) taken += new TextDecoder().decode(chunk);
  })();
  await until("the socket is there", () => taken.includes("bound"));
  return () => taken;
}

test.each([
  ["a path", () => join(emptyFolder(), "notify")],
  ["a name without a file", () => `@inlet-test-${crypto.randomUUID()}`],
])("ready, alive and stopping are told to %s", async (_, socketOf) => {
  const socket = socketOf();
  const taken = await taker(socket);
  const server = await startServer({ env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "100000" } });
  await until("three signs of life", () => taken().split("'WATCHDOG=1'").length > 3);
  expect(taken()).toContain(`'READY=1\\nSTATUS=listening on ${server.url}'`);
  expect(taken()).not.toContain("STOPPING");
  expect(await server.stop()).toBe(0);
  await until("the farewell", () => taken().includes("'STOPPING=1\\nSTATUS=stopping'"));
});

test("workers are told of by their parent, once", async () => {
  const socket = join(emptyFolder(), "notify");
  const taken = await taker(socket);
  const server = await startServer({ args: ["--workers", "2"], env: { NOTIFY_SOCKET: socket } });
  await until("ready", () => taken().includes("READY=1"));
  expect(await server.stop()).toBe(0);
  await until("the farewell", () => taken().includes("STOPPING=1"));
  expect(taken().split("READY=1")).toHaveLength(2);
  expect(taken()).not.toContain("WATCHDOG");
});

test("a socket that nobody reads holds nothing up", async () => {
  const server = await startServer({ env: { NOTIFY_SOCKET: "/nowhere/at/all", WATCHDOG_USEC: "100000" } });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});

test("what is meant for another process, or is no address, is nobody's", () => {
  const socket = "/run/notify";
  expect(supervisorOf({}, 7)).toBeNull();
  expect(supervisorOf({ NOTIFY_SOCKET: "vsock:2:1" }, 7)).toBeNull();
  expect(supervisorOf({ NOTIFY_SOCKET: socket }, 7)).toEqual({ socket, watchdogMs: null });
  const watched = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000" };
  expect(supervisorOf(watched, 7)?.watchdogMs).toBe(30_000);
  expect(supervisorOf({ ...watched, WATCHDOG_PID: "7" }, 7)?.watchdogMs).toBe(30_000);
  expect(supervisorOf({ ...watched, WATCHDOG_PID: "8" }, 7)?.watchdogMs).toBeNull();
  expect(supervisorOf({ ...watched, WATCHDOG_USEC: "0" }, 7)?.watchdogMs).toBeNull();
});

const ANALYZE = Bun.which("systemd-analyze");
if (ANALYZE === null && !process.env.CI)
  process.stderr.write("skipped: systemd-analyze is missing; on Debian: apt-get install systemd\n");

test.skipIf(ANALYZE === null && !process.env.CI)(
  "systemd takes the unit, and finds it little exposed",
  async () => {
    const folder = emptyFolder();
    const { stdout, code } = await inlet(folder, ["systemd", "--workers", "2"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`ExecStart=${await binary()} serve --share-port --workers 2\n`);
    const unit = join(folder, "inlet@.service");
    await Bun.write(unit, stdout);
    const analyze = (...args: string[]) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync([ANALYZE ?? "systemd-analyze", ...args, unit]);
      return { exitCode, output: `${stdout}${stderr}` };
    };
    const verified = analyze("verify");
    expect([verified.exitCode, verified.output]).toEqual([0, ""]);
    // In tenths: below 2 is what systemd calls OK.
    const security = analyze("security", "--offline=yes", "--threshold=20");
    expect(security.exitCode, security.output).toBe(0);
  },
);

test.each([
  ["--user", "a b"],
  ["--binary", "inlet"],
  ["--binary", "/opt/in let"],
  ["--environment", "/etc/%i"],
])("%s %p is refused", async (option, value) => {
  const { code, stdout, stderr } = await inlet(emptyFolder(), ["systemd", option, value]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("it may be");
});
