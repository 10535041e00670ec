/** Stored before acknowledged: the disk is told to sync, and has answered, before Telnyx gets its 200. */
import { expect, setDefaultTimeout } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { testWith } from "../harness/programs.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { deliver, sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

/** How the answer to a stored webhook begins, and what SQLite may sync with. */
const ANSWER = "HTTP/1.1 200 OK";
const CALLS = "fsync,fdatasync,sync_file_range,write,writev,sendto,sendmsg";

const withStrace = testWith("strace", "strace");

type Step = "sync" | "answer";

/** Follows all threads of the server. What they did so far, in their order: syncs that have ended, and answers. */
async function trace({ pid }: Server): Promise<() => Step[]> {
  const path = join(emptyFolder(), "trace");
  const child = Bun.spawn(["strace", "-f", "-e", `trace=${CALLS}`, "-s", "64", "-o", path, "-p", `${pid}`], {
    stderr: "pipe",
    stdout: "ignore",
  });
  let said = "";
  void (async () => {
    for await (const chunk of child.stderr) said += new TextDecoder().decode(chunk);
  })();
  atTheEnd(() => child.kill("SIGKILL"));
  await until("strace is attached", () => {
    if (child.exitCode !== null) throw new Error(`strace: ${said.trim()} (it needs root, or ptrace_scope 0)`);
    return said.includes("attached");
  });
  return () =>
    (existsSync(path) ? readFileSync(path, "utf8") : "").split("\n").flatMap((line): Step[] => {
      // A call that others interrupt is two lines; it has ended where its result stands.
      if (/\bf(data)?sync\b.*\) += 0$/.test(line)) return ["sync"];
      return line.includes(ANSWER) ? ["answer"] : [];
    });
}

withStrace("each of many webhooks in a row is synced before it is answered", async () => {
  const server = await startServer();
  const { number } = await addTenant(server.folder, "+14155559999");
  await deliver(server.url, server.telnyx, smsEvent(number, "the database is warm"));
  const steps = await trace(server);
  const count = 40;
  for (let i = 1; i <= count; i++) {
    expect(await deliver(server.url, server.telnyx, smsEvent(number, `text ${i}`))).toBe("stored");
    await until("strace has seen the answer", () => steps().filter((step) => step === "answer").length === i);
    expect(steps().filter((step) => step === "sync").length).toBeGreaterThanOrEqual(i);
  }
  // Not the number alone: between one answer and the next there is a sync.
  const since: number[] = [];
  let syncs = 0;
  for (const step of steps()) {
    if (step === "sync") syncs++;
    else {
      since.push(syncs);
      syncs = 0;
    }
  }
  expect(since.filter((syncs) => syncs === 0)).toEqual([]);
  expect(since).toHaveLength(count);
});

withStrace("of webhooks that come at once none is answered before a sync, and they share syncs", async () => {
  const server = await startServer();
  const { number } = await addTenant(server.folder, "+14155559999");
  const steps = await trace(server);
  const sends = Array.from({ length: 64 }, (_, i) =>
    sendWebhook(server.url, server.telnyx, smsEvent(number, `text ${i}`)),
  );
  expect((await Promise.all(sends)).map(({ status }) => status)).toEqual(sends.map(() => 200));
  await until("strace has seen the answers", () => steps().filter((step) => step === "answer").length === 64);
  expect(steps()[0]).toBe("sync");
  expect(steps().filter((step) => step === "sync").length).toBeLessThan(64);
});

withStrace("an event that cannot be read is synced before it is answered, too", async () => {
  const server = await startServer();
  await deliver(server.url, server.telnyx, smsEvent("+14155559999", "the database is warm"));
  const steps = await trace(server);
  const event = smsEvent("+14155559999", "who is it for?", { to: [{}] });
  expect(await deliver(server.url, server.telnyx, event)).toBe("ignored");
  await until("strace has seen the answer", () => steps().includes("answer"));
  expect(steps()[0]).toBe("sync");
});
