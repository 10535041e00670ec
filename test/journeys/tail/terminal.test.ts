/** `inlet tail` in front of people and in pipes. */
import { beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../../harness/binary.ts";
import { atTheEnd } from "../../harness/cleanup.ts";
import { bareEnv } from "../../harness/cli.ts";
import { testWith } from "../../harness/programs.ts";
import { addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { bodiesOf, send } from "../../harness/tail.ts";
import { until } from "../../harness/until.ts";

const withScript = testWith("script", "bsdutils");

const LONG_MS = 30_000;
const CLEAR = "\r\u001B[K";
let server: Server;
beforeAll(async () => {
  server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.2", STREAM_MAX_SECONDS: "2" } });
});

/** Runs a line of shell, in which `$INLET` is the executable and `$URL` the server. */
async function shell(line: string, { key }: Tenant, inTerminal: boolean) {
  const command = inTerminal ? ["script", "-qefc", line, "/dev/null"] : ["sh", "-c", line];
  const child = Bun.spawn(command, {
    cwd: server.folder,
    env: bareEnv({ INLET_KEY: key, INLET: await binary(), URL: server.url, TERM: "xterm", SHELL: "/bin/sh" }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  atTheEnd(() => child.kill("SIGKILL"));
  let shown = "";
  const gather = async () => {
    for await (const chunk of child.stdout) shown += new TextDecoder().decode(chunk);
  };
  const gathered = gather();
  return { shown: () => shown, end: () => child.kill("SIGTERM"), ended: child.exited.then(() => gathered) };
}

withScript(
  "on a terminal a text is a line for people, under which a status says how it goes",
  async () => {
    const tenant = await addTenant(server.folder, "+14155550301");
    const { shown, end } = await shell('exec "$INLET" tail --url "$URL"', tenant, true);
    await until("it is live", () => shown().includes("live · 0 messages · heard 0 s ago"), LONG_MS);
    await send(server, tenant, "Hello\u001B[31m\u0007 there\nyou");
    await until(
      "the text, and the status after it",
      () => /Hello.*\r\n.*live · 1 message /s.test(shown()),
      LONG_MS,
    );
    await until(
      "it comes back",
      () => /reconnecting · 1 message .*(catching up|live) · 1 message /s.test(shown()),
      LONG_MS,
    );
    const rows = shown().split(CLEAR);
    expect(rows.find((row) => row.includes("Hello"))?.trimEnd()).toMatch(
      /^\d{4}-\S+Z {2}\+13125550001 → \+14155550301 {2}Hello\\u001b\[31m\\u0007 there\\nyou$/,
    );
    // Nothing but the clearing of a line ever controls the terminal.
    expect(shown().replaceAll(CLEAR, "").replaceAll("\r\n", "")).not.toMatch(/\p{Cc}/u);
    end();
  },
  60_000,
);

withScript(
  "with --json it is JSON there, too, in which nothing controls the terminal",
  async () => {
    const tenant = await addTenant(server.folder, "+14155550302");
    await send(server, tenant, "a\u009B31m\u202Eb");
    const { shown, end } = await shell('exec "$INLET" tail --url "$URL" --json --since all', tenant, true);
    await until("the text", () => shown().includes("}\r\n"), LONG_MS);
    const line = /\{.*\}/.exec(shown())?.[0] ?? "";
    expect(JSON.parse(line)).toMatchObject({ body: "a\u009B31m\u202Eb" });
    expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    end();
  },
  60_000,
);

test.concurrent("| head -1 ends it, at once and quietly, with the cursor of what was written", async () => {
  const tenant = await addTenant(server.folder, "+14155550303");
  for (const text of ["one", "two"]) await send(server, tenant, text);
  const line = '{ "$INLET" tail --url "$URL" --since all --state head 2>err; echo $? >code; } | head -1';
  const first = await shell(line, tenant, false);
  await first.ended;
  expect(bodiesOf(first.shown())).toEqual(["one"]);
  expect([contentOf("code"), contentOf("err")]).toEqual(["0\n", ""]);
  // The reader took one line; the next may have been in the pipe already.
  await send(server, tenant, "three");
  const { cursor } = JSON.parse(contentOf("head")) as { cursor: string };
  const rest = await shell('exec "$INLET" tail --url "$URL" --state head', tenant, false);
  await until("the rest", () => bodiesOf(rest.shown()).includes("three"), LONG_MS);
  expect([["two", "three"], ["three"]]).toContainEqual(bodiesOf(rest.shown()));
  expect(cursor).not.toEndWith("-0");
  rest.end();
}, 60_000);

test.concurrent("a reader that goes away while no text comes ends it, too", async () => {
  const tenant = await addTenant(server.folder, "+14155550304");
  const quiet = await shell('{ "$INLET" tail --url "$URL"; echo $? >quiet; } | true', tenant, false);
  await quiet.ended;
  expect(contentOf("quiet")).toBe("0\n");
}, 60_000);

test.concurrent("a reader that does not read holds it up, not its signals", async () => {
  const tenant = await addTenant(server.folder, "+14155550305");
  const sent = Array.from({ length: 12 }, (_, i) => `${i} ${"x".repeat(20_000)}`);
  for (const text of sent) await send(server, tenant, text);
  Bun.spawnSync(["mkfifo", "gate"], { cwd: server.folder });
  const writer =
    '"$INLET" tail --url "$URL" --since all --state full & echo $! >pid; wait $!; echo $? >stopped';
  const stuck = await shell(`{ ${writer}; } | { read _ <&3; cat; } 3<>gate`, tenant, false);
  const exists = (name: string) => existsSync(join(server.folder, name));
  await until("it is connected", () => exists("full"), LONG_MS);
  process.kill(Number(contentOf("pid")), "SIGTERM");
  await until("it has stopped", () => exists("stopped") && contentOf("stopped"), LONG_MS);
  expect(contentOf("stopped")).toBe("0\n");
  writeFileSync(join(server.folder, "gate"), "go\n");
  await stuck.ended;
  const seen = bodiesOf(stuck.shown());
  expect(seen.length).toBeLessThan(sent.length);

  const rest = await shell('exec "$INLET" tail --url "$URL" --state full', tenant, false);
  await until("the last", () => bodiesOf(rest.shown()).includes(sent.at(-1) ?? ""), LONG_MS);
  rest.end();
  expect([...new Set([...seen, ...bodiesOf(rest.shown())])]).toEqual(sent);
}, 60_000);

function contentOf(name: string): string {
  return readFileSync(join(server.folder, name), "utf8");
}
