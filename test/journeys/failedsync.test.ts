/** After a sync that failed nobody knows what is on disk: the process ends, and the next one reads what is there. */
import { expect, setDefaultTimeout } from "bun:test";
import { inlet } from "../harness/cli.ts";
import { diskTest, failingDisk } from "../harness/disk.ts";
import { PREPARED_NUMBER, startPrepared } from "../harness/prepared.ts";
import { type Server, startServer } from "../harness/server.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const errorLines = ({ log }: Server) =>
  log()
    .split("\n")
    .filter((line) => line.includes('"level":"ERROR"'));

/** Sends until one is not stored; resolves to those that were acknowledged, and the first other status. */
async function sendUntilRefused(server: Server, name: string) {
  const acknowledged: string[] = [];
  for (let i = 1; i < 50; i++) {
    const text = `${name} ${i}`;
    const { status } = await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, text));
    if (status !== 200) return { acknowledged, status };
    acknowledged.push(text);
  }
  throw new Error("no sync failed");
}

async function storedTexts(folder: string): Promise<string[]> {
  const { stdout } = await inlet(folder, ["messages", "list", "--limit", "1000", "--json"]);
  return (JSON.parse(stdout) as { body: string }[]).map(({ body }) => body);
}

for (const first of [1, 2, 3, 7]) {
  diskTest(
    `sync ${first} of the log fails once: 503, one error line, exit 1, and nothing is lost`,
    async () => {
      const disk = failingDisk();
      const server = await startPrepared({ env: disk.env });
      const { folder, telnyx } = server;
      await sendWebhook(server.url, telnyx, smsEvent(PREPARED_NUMBER, "before"));
      disk.fail({ call: "sync", error: "EIO", first, count: 1, suffix: "-wal" });
      const { acknowledged, status } = await sendUntilRefused(server, "text");
      expect(status).toBe(503);
      expect(await server.ended).toBe(1);
      expect(errorLines(server)).toHaveLength(1);
      expect(errorLines(server)[0]).toContain("a sync to the disk failed");
      const next = await startServer({ folder, telnyx });
      expect(await storedTexts(folder)).toEqual(expect.arrayContaining(["before", ...acknowledged]));
      expect((await sendWebhook(next.url, telnyx, smsEvent(PREPARED_NUMBER, "after"))).status).toBe(200);
    },
  );
}

for (const file of ["inlet.db", "-wal"]) {
  diskTest(`a sync of ${file} that fails while the log is moved: the same`, async () => {
    const first = await startPrepared();
    const { folder, telnyx } = first;
    await sendWebhook(first.url, telnyx, smsEvent(PREPARED_NUMBER, "before"));
    await first.kill();
    // What the first one left in the log is moved when the next one begins.
    const disk = failingDisk();
    disk.fail({ call: "sync", error: "EIO", count: 1, suffix: file });
    const server = await startServer({ folder, telnyx, env: disk.env }).catch((error: Error) => error);
    if (!(server instanceof Error)) {
      expect(await server.ended).toBe(1);
      expect(errorLines(server)).toHaveLength(1);
      expect(errorLines(server)[0]).toContain("a sync to the disk failed");
    } else expect(server.message).toContain("a sync to the disk failed");
    await startServer({ folder, telnyx });
    expect(await storedTexts(folder)).toEqual(["before"]);
  });
}

diskTest("what waits behind a sync that fails is answered 503, and none of it 200", async () => {
  const disk = failingDisk();
  const server = await startPrepared({ env: disk.env });
  await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  disk.fail({ call: "sync", error: "EIO", count: 1, suffix: "-wal" });
  const events = Array.from({ length: 60 }, (_, i) =>
    smsEvent(PREPARED_NUMBER, `text ${i}`, i % 2 ? {} : { to: [{}] }),
  );
  const answers = await Promise.all(events.map((event) => sendWebhook(server.url, server.telnyx, event)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(await server.ended).toBe(1);
});

diskTest("a worker whose sync failed is started again, and its parent goes on", async () => {
  const disk = failingDisk();
  const server = await startPrepared({ env: disk.env, args: ["--workers", "2"] });
  await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  disk.fail({ call: "sync", error: "EIO", count: 1, suffix: "-wal" });
  const { acknowledged } = await sendUntilRefused(server, "text");
  disk.fail(); // each process counts for itself
  await until("the worker is started again", () => server.log().includes("started again"));
  const stored = async () => {
    const answer = await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "after")).catch(
      () => null,
    );
    return answer?.status === 200;
  };
  await until("texts are stored again", stored);
  expect(await storedTexts(server.folder)).toEqual(expect.arrayContaining(["before", ...acknowledged]));
  expect(await server.stop()).toBe(0);
});

diskTest("a command whose sync failed says so and exits 1", async () => {
  const disk = failingDisk();
  const server = await startServer({ env: disk.env });
  disk.fail({ call: "sync", error: "EIO", count: 1, suffix: "-wal" });
  const { code, stderr } = await inlet(
    server.folder,
    ["accounts", "create", "--kind", "user", "--name", "A"],
    disk.env,
  );
  expect(code).toBe(1);
  expect(stderr).toContain("a sync to the disk failed");
});
