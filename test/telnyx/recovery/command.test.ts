/** `inlet telnyx backfill`, and the service, as an operator has them: the executable and a stand-in for Telnyx. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Report } from "../../../src/telnyx/recovery/report.ts";
import { binary } from "../../harness/binary.ts";
import { emptyFolder } from "../../harness/cleanup.ts";
import { bareEnv, inlet, inletJson } from "../../harness/cli.ts";
import { addTenant, startServer } from "../../harness/server.ts";
import { connect } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { failing, saying, stalling } from "../standin/faults.ts";
import { TelnyxStandin } from "../standin/telnyx.ts";

setDefaultTimeout(120_000);

const NUMBER = "+14155550177";
const HOUR = 3_600_000;
const ago = (ms: number) => Date.now() - ms;
const BACKFILL = ["telnyx", "backfill", "--since", "12h"];

test("a server that was down: its texts come back by themselves at its start, and by the command", async () => {
  const telnyx = new TelnyxStandin();
  const env = { ...telnyx.env, BACKFILL_MINUTES: "10" };
  const first = await startServer({ telnyx: telnyx.key });
  const { key } = await addTenant(first.folder, NUMBER);
  telnyx.webhookUrl = `${first.url}/webhooks/telnyx`;
  await telnyx.send({ to: NUMBER, body: "live" });
  const before = await connect(first.url, { key });
  await first.kill();
  const lost = await telnyx.send({ to: NUMBER, body: "while it was down" });
  expect(lost.status).toBe("failed");

  const second = await startServer({ folder: first.folder, telnyx: telnyx.key, env });
  const client = await connect(second.url, { key, lastEventId: before.lastEventId ?? "" });
  await client.messageCount(1);
  expect(client.messages).toMatchObject([{ body: "while it was down", recovered: true }]);

  telnyx.lose({ to: NUMBER, body: "an hour ago", at: ago(HOUR), isListed: false });
  const report = await inletJson<Report>(first.folder, BACKFILL, env);
  expect(report).toMatchObject({ stored: 1, fetched: 1, duplicate: 2, complete: true, unrecovered: [] });
  await client.messageCount(2);
  const again = await inlet(first.folder, BACKFILL, env);
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(again.stdout).toContain("recovered 0 messages");
  expect(again.stdout).toContain("complete: nothing that Telnyx lists is missing");
  client.close();
  expect(await second.stop()).toBe(0);
  expect(second.log()).not.toContain("warning");
  expect(telnyx.problems).toEqual([]);
});

test("a server that is killed while texts come back brings the rest at its next start, each once", async () => {
  const telnyx = new TelnyxStandin();
  const idle = await startServer({ telnyx: telnyx.key });
  const { key } = await addTenant(idle.folder, NUMBER);
  telnyx.webhookUrl = `${idle.url}/webhooks/telnyx`;
  await telnyx.send({ to: NUMBER, body: "before", at: ago(HOUR) });
  await idle.stop();
  const count = 3_000;
  for (let i = 0; i < count; i++) telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(20 * 60_000 - i * 100) });
  const options = { folder: idle.folder, telnyx: telnyx.key, env: telnyx.env };
  const first = await startServer(options);
  const before = await connect(first.url, { key });
  await before.messageCount(200);
  await first.kill();
  await before.end();
  const second = await startServer(options);
  const after = await connect(second.url, { key, lastEventId: before.lastEventId ?? "" });
  await after.messageCount(count - before.messages.length, 30_000);
  expect([...before.bodies, ...after.bodies]).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
  after.close();
  expect(await second.stop()).toBe(0);
});

test("four workers look once at their start", async () => {
  const telnyx = new TelnyxStandin();
  const server = await startServer({ telnyx: telnyx.key, env: telnyx.env, args: ["--workers", "4"] });
  await until("they looked", () => telnyx.count("/detail_records") > 0);
  await Bun.sleep(500); // there is no sign of what does not happen
  expect(await server.stop()).toBe(0);
  expect(telnyx.count("/webhook_deliveries")).toBe(1);
});

test("what is wrong is said with its exit code, and nothing is made", async () => {
  const folder = emptyFolder();
  const telnyx = new TelnyxStandin();
  const keyless = await inlet(folder, BACKFILL);
  expect(keyless).toMatchObject({ code: 2, stdout: "" });
  expect(keyless.stderr).toContain("TELNYX_API_KEY is not set");
  for (const since of ["soon", "24", "-1h", ""])
    expect((await inlet(folder, ["telnyx", "backfill", "--since", since], telnyx.env)).code).toBe(2);
  expect((await inlet(folder, BACKFILL, { ...telnyx.env, TELNYX_API_KEY: "KEY 1" })).code).toBe(2);
  const help = await inlet(folder, ["telnyx", "backfill", "--help"]);
  expect(help.stdout).toContain("Examples:");

  telnyx.faults.push(failing(401, "No such key\u001B[2J"));
  const refused = await inlet(folder, [...BACKFILL, "--json"], telnyx.env);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ complete: false, stored: 0 });
  expect(refused.stderr).toContain("TELNYX_API_KEY");
  expect(refused.stderr).not.toContain("\u001B");
  expect(telnyx.requests).toHaveLength(1);

  telnyx.faults.splice(0, 1, saying("<html>"));
  const strange = await inlet(folder, [...BACKFILL, "--json"], telnyx.env);
  expect(strange.code).toBe(1);
  expect(JSON.parse(strange.stdout)).toMatchObject({ complete: false });
});

test("Ctrl-C ends it within a second, whatever it waits for", async () => {
  for (const fault of [stalling, failing(429, "no", { "retry-after": "3600" })]) {
    const telnyx = new TelnyxStandin();
    telnyx.faults.push(fault);
    const child = Bun.spawn([await binary(), ...BACKFILL, "--json"], {
      cwd: emptyFolder(),
      env: bareEnv(telnyx.env),
      stdout: "pipe",
      stderr: "pipe",
    });
    await until("it is asked", () => telnyx.requests.length > 0);
    const since = performance.now();
    child.kill("SIGINT");
    expect(await child.exited).toBe(1);
    // A second, and what a busy machine adds; what it waits for takes ten, or a minute.
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ complete: false });
    expect(await new Response(child.stderr).text()).toContain("stopped");
  }
});

/** The most that a process had resident so far, in bytes; 0 once it has ended. A child's own, not its parent's at the fork. */
function peak(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

test("ten thousand lost texts come back, once each, in flat memory", async () => {
  const folder = emptyFolder();
  const telnyx = new TelnyxStandin();
  const { accountId } = await addTenant(folder, NUMBER);
  let lost = 0;
  const lose = (count: number) => {
    for (const end = lost + count; lost < end; lost++)
      telnyx.lose({
        to: NUMBER,
        body: `${lost} ${"x".repeat(300)}`,
        at: ago(11 * HOUR - lost * 3_000),
        isRecorded: lost % 100 === 0,
      });
  };
  const measured = async () => {
    const child = Bun.spawn([await binary(), ...BACKFILL, "--json"], {
      cwd: folder,
      env: bareEnv(telnyx.env),
      stdout: "pipe",
      stderr: "pipe",
    });
    let bytes = 0;
    const timer = setInterval(() => {
      bytes = Math.max(bytes, peak(child.pid));
    }, 5);
    const report = JSON.parse(await new Response(child.stdout).text()) as Report;
    expect(await child.exited).toBe(0);
    clearInterval(timer);
    return { report, bytes };
  };
  lose(2_500);
  const few = await measured();
  expect(few.report).toMatchObject({ stored: 2_500, complete: true });
  lose(10_000);
  const many = await measured();
  expect(many.report).toMatchObject({ stored: 10_000, duplicate: 2_500, complete: true });
  // Five times as many texts hold two times as much, most of it the process itself and what is yet to be collected.
  expect(many.bytes).toBeLessThan(few.bytes * 2);
  expect((await measured()).report).toMatchObject({ stored: 0, duplicate: 12_500, complete: true });
  const args = ["messages", "list", "--account", String(accountId), "--limit", "1000"];
  const newest = await inletJson<{ body: string }[]>(folder, args);
  expect(newest.map(({ body }) => Number(body.split(" ")[0]))).toEqual(
    Array.from({ length: 1_000 }, (_, i) => lost - 1 - i),
  );
});
