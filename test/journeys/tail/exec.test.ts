/** What reaches the command of `inlet tail --exec`, and what its failures cost. */
import { beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../../harness/cleanup.ts";
import { inlet } from "../../harness/cli.ts";
import { addTenant, type Server, startServer } from "../../harness/server.ts";
import { bodiesIn, send, startTail } from "../../harness/tail.ts";
import { until } from "../../harness/until.ts";

const LONG_MS = 30_000;
let server: Server;
beforeAll(async () => {
  server = await startServer();
});

const cursor = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, "state"), "utf8")) as { cursor: string }).cursor;

test.concurrent("a hostile text is on the command's standard input as it was sent, and nothing of it is run or shown", async () => {
  const [url, folder] = [server.url, emptyFolder()];
  const tenant = await addTenant(server.folder, "+14155550201");
  const texts = [
    "$(touch x)", "`touch x`", "; touch x #", "' ; touch x '", '" && touch x "', "| touch x", "\\$(touch x)", "a\nb\r\nc", "%s%n", "-rf /",
    "\u001B]0;title\u0007\u001B[2J\u009B", "\u202Eabc", "🙏 שלום", "x".repeat(200_000),
  ]; // biome-ignore format: a list
  for (const text of texts) await send(server, tenant, text);
  await send(server, tenant, "a\0b");
  const command = "cat >> hostile; cat /proc/self/environ /proc/$$/environ /proc/$$/cmdline >> surroundings";
  const tail = await startTail({ url, folder }, tenant, ["--since", "all", "--exec", command]);
  await until("all are handled", () => bodiesIn(folder, "hostile").length === texts.length + 1, LONG_MS);
  tail.signal("SIGTERM");
  expect(await tail.ended).toBe(0);
  expect(bodiesIn(folder, "hostile")).toEqual([...texts, "a\uFFFDb"]);
  expect(readdirSync(folder).sort()).toEqual(["hostile", "surroundings"]);
  const surroundings = readFileSync(join(folder, "surroundings"), "utf8");
  for (const part of ["touch x", "+1415555", "msg_", tenant.key, "INLET_KEY"])
    expect(surroundings).not.toContain(part);
  expect([tail.stdout(), tail.stderr()]).toEqual(["", ""]);
}, 60_000);

test.concurrent("after the fifth failure with one text it ends, and begins with that text the next time", async () => {
  const [url, folder] = [server.url, emptyFolder()];
  const tenant = await addTenant(server.folder, "+14155550202");
  for (const text of ["good", "bad", "next"]) await send(server, tenant, text);
  const command = `tee -a tried | grep -vq '"bad"'`;
  const tail = await startTail({ url, folder }, tenant, [
    "--since",
    "all",
    "--state",
    "five",
    "--exec",
    command,
  ]);
  expect(await tail.ended).toBe(1);
  expect(bodiesIn(folder, "tried")).toEqual(["good", "bad", "bad", "bad", "bad", "bad"]);
  expect(tail.stderr()).toMatch(
    /error: the command ended with exit code 1 for msg_\w+, for the 5th time: giving up/,
  );
  const mended = await startTail({ url, folder }, tenant, ["--state", "five", "--exec", "cat >> mended"]);
  await until("the rest", () => bodiesIn(folder, "mended").length === 2, LONG_MS);
  mended.signal("SIGTERM");
  expect(await mended.ended).toBe(0);
  expect(bodiesIn(folder, "mended")).toEqual(["bad", "next"]);
}, 60_000);

test.concurrent("a signal lets the command finish, and the cursor passes its text; a second ends it, and does not", async () => {
  const [url, folder] = [server.url, emptyFolder()];
  const tenant = await addTenant(server.folder, "+14155550203");
  for (const text of ["one", "two"]) await send(server, tenant, text);
  // Bun 1.4.5 loses one signal of a thousand that come while it starts a process: by then it has.
  const slow =
    "sleep 0.2; cat > begun; until test -e finish; do sleep 0.02; done; cat begun >> slow; rm begun finish";
  const args = ["--since", "all", "--state", "state", "--exec", slow];
  const finishing = await startTail({ url, folder }, tenant, args);
  await until("the command runs", () => existsSync(join(folder, "begun")), LONG_MS);
  const before = cursor(folder);
  finishing.signal("SIGINT");
  await Bun.write(join(folder, "finish"), "");
  expect(await finishing.ended).toBe(0);
  expect(bodiesIn(folder, "slow")).toEqual(["one"]);
  const after = cursor(folder);
  expect(after).not.toBe(before);

  const killed = await startTail({ url, folder }, tenant, args);
  await until("the command runs again", () => existsSync(join(folder, "begun")), LONG_MS);
  killed.signal("SIGTERM");
  killed.signal("SIGHUP");
  expect(await killed.ended).toBe(0);
  expect(killed.stderr()).toContain("which comes again at the next start");
  expect(cursor(folder)).toBe(after);
}, 60_000);

test.concurrent("of two on one state file the second is refused, and the first goes on", async () => {
  const [url, folder] = [server.url, emptyFolder()];
  const tenant = await addTenant(server.folder, "+14155550204");
  const first = await startTail({ url, folder }, tenant, ["--state", "shared"]);
  await until("it is connected", () => existsSync(join(folder, "shared")), LONG_MS);
  const second = await startTail({ url, folder }, tenant, ["--state", "shared"]);
  expect(await second.ended).toBe(1);
  expect(second.stderr()).toContain(`in use by another inlet tail (process ${first.pid})`);
  await send(server, tenant, "still here");
  await until("the text", () => first.bodies().length === 1);
  first.signal("SIGKILL");
  await first.ended;
  const third = await startTail({ url, folder }, tenant, ["--state", "shared"]);
  await send(server, tenant, "taken over");
  await until("the next text", () => third.bodies().includes("taken over"));
}, 60_000);

test.concurrent("what is wrong with the command line is said with 2, and the key is never repeated", async () => {
  const url = ["--url", server.url];
  const INLET_KEY = "inlet_key";
  const wrong: [args: string[], said: string, env?: Record<string, string>][] = [
    [[], "--url"],
    [["--url", "sms.test"], "not a URL"],
    [url, "the API key is missing: set INLET_KEY, or give --key", {}],
    [[...url, "--key", "se cret"], "printable characters"],
    [[...url, "--exec-timeout", "1m"], "--exec-timeout needs an --exec"],
  ];
  for (const [args, said, env = { INLET_KEY }] of wrong) {
    const { code, stderr } = await inlet(server.folder, ["tail", ...args], env);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(stderr).not.toContain("se cret");
  }
}, 60_000);
