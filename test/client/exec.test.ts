/** A command gets a message on its standard input and nowhere else, and however it ends is told. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Execution, runCommand } from "../../src/client/exec.ts";
import type { Message } from "../../src/message.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";

const message: Message = {
  message_id: "msg_1",
  from: "+14155551234",
  to: "+14155559999",
  body: "Hello!",
  received_at: "2026-05-22T18:30:00.000Z",
};

/** Processes start slowly on a busy machine. */
const SLOW_MS = 30_000;

function run(
  command: string,
  options: Partial<Execution> = {},
  given: Message = message,
): Promise<string | null> {
  const env = { PATH: process.env.PATH };
  return runCommand({ command, env, timeoutMs: null, kill: new AbortController().signal, ...options }, given);
}

test(
  "the message is its standard input, one line of JSON, whatever is in it",
  async () => {
    const out = join(emptyFolder(), "out");
    const hostile = fc.array(
    fc.oneof(
      fc.constantFrom("$(touch x)", "`touch x`", "'", '"', "\\", "\n", "; touch x #", "\0", "\u001B]0;t\u0007", "%s", "-n", "\r\n", "🙏", "$IFS", "\ud800"),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 8 },
  ); // biome-ignore format: a list
    await fc.assert(
      fc.asyncProperty(hostile, async (parts) => {
        const given = { ...message, body: parts.join("") };
        expect(await run(`cat > '${out}'`, {}, given)).toBeNull();
        const written = readFileSync(out, "utf8");
        expect(written.indexOf("\n")).toBe(written.length - 1);
        expect(JSON.parse(written)).toEqual(given);
      }),
      { numRuns: 10 },
    );
  },
  SLOW_MS,
);

test("nothing of it is on a command line or in the environment", async () => {
  const out = join(emptyFolder(), "out");
  const given = { ...message, body: "findme-4711" };
  const look = `cat /proc/$$/environ /proc/$$/cmdline /proc/self/environ /proc/self/cmdline | tr '\\0' '\\n' > '${out}'`;
  expect(await run(look, { env: { PATH: process.env.PATH, MARK: "here" } }, given)).toBeNull();
  const seen = readFileSync(out, "utf8");
  expect(seen).toContain("MARK=here");
  for (const part of ["findme-4711", "msg_1", "+1415"]) expect(seen).not.toContain(part);
});

test("however it ends is told: by an exit code, by a signal, or not found at all", async () => {
  expect(await run("exit 0")).toBeNull();
  expect(await run("exit 3")).toBe("ended with exit code 3");
  expect(await run("kill -9 $$")).toBe("was ended by SIGKILL");
  expect(await run("/nowhere/at/all 2>/dev/null")).toBe("ended with exit code 127");
  expect(await run("x".repeat(3_000_000))).toMatch(/^could not be started: /);
});

test("one that reads nothing, or stops in the middle of a large text, may succeed", async () => {
  const large = { ...message, body: "x".repeat(3_000_000) };
  expect(await run("exit 0", {}, large)).toBeNull();
  expect(await run("exec 0<&-; exit 0", {}, large)).toBeNull();
  expect(await run("head -c 10 > /dev/null", {}, large)).toBeNull();
  expect(await run(`test "$(wc -c)" -gt 3000000`, {}, large)).toBeNull();
});

test("one that takes too long is ended with all that it started", async () => {
  const pid = join(emptyFolder(), "pid");
  const failure = await run(`sleep 1000 & echo $! > '${pid}'; wait`, { timeoutMs: 200 });
  expect(failure).toBe("took longer than 0.2 s and was ended");
  expect(existsSync(`/proc/${readFileSync(pid, "utf8").trim()}/exe`)).toBe(false);
});

test("one that is told to end and does not is killed", async () => {
  const ready = join(emptyFolder(), "ready");
  const kill = new AbortController();
  const running = run(`trap '' TERM; touch '${ready}'; while :; do sleep 0.1; done`, { kill: kill.signal });
  await until("it runs", () => existsSync(ready));
  kill.abort();
  expect(await running).toBe("was ended by SIGKILL");
  expect(await run("sleep 1000", { kill: kill.signal })).toBe("was ended by SIGTERM");
});

test("it has a process group of its own, which Ctrl-C in the terminal does not reach", async () => {
  const out = join(emptyFolder(), "out");
  expect(await run(`cut -d' ' -f5 /proc/$$/stat > '${out}'`)).toBeNull();
  const ours = readFileSync("/proc/self/stat", "utf8").split(" ")[4];
  expect(readFileSync(out, "utf8").trim()).not.toBe(ours ?? "");
});
