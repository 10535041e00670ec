/** While nothing can be stored: 503 here and there, a line in the log and not one a webhook, and then it goes on. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DiskFault, diskTest, failingDisk } from "../harness/disk.ts";
import { ownFileSystem } from "../harness/filesystem.ts";
import { PREPARED_NUMBER, startPrepared } from "../harness/prepared.ts";
import type { Server } from "../harness/server.ts";
import { deliver, sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const errorLines = ({ log }: Server) =>
  log()
    .split("\n")
    .filter((line) => /"level":"(WARNING|ERROR)"/.test(line) && !line.includes("development"));
const readiness = async ({ url }: Server) => (await fetch(`${url}/readyz`)).status;

async function sendMany(server: Server, count: number): Promise<Set<number>> {
  const answers = Array.from({ length: count }, (_, i) =>
    sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, `text ${i}`)),
  );
  return new Set((await Promise.all(answers)).map(({ status }) => status));
}

for (const error of ["ENOSPC", "EROFS", "EIO"] as const) {
  diskTest(`a disk that takes no writes (${error}): 503, one line, not ready; and ready again`, async () => {
    const disk = failingDisk();
    const server = await startPrepared({ env: disk.env });
    await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
    expect(await readiness(server)).toBe(200);
    const faults: DiskFault[] = ["-wal", "inlet.db"].map((suffix) => ({ call: "write", error, suffix }));
    disk.fail(...faults);
    expect(await sendMany(server, 500)).toEqual(new Set([503]));
    expect(await readiness(server)).toBe(503);
    expect(errorLines(server)).toHaveLength(1);
    expect(errorLines(server)[0]).toContain("nothing can be stored");
    disk.fail();
    // Nobody sends anything meanwhile.
    await until("it is ready again", async () => (await readiness(server)) === 200);
    expect(await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "after"))).toBe("stored");
    expect(errorLines(server)).toHaveLength(1);
    expect(await server.stop()).toBe(0);
  });
}

diskTest("a batch that the disk refuses is written once, and not row by row", async () => {
  const disk = failingDisk();
  const server = await startPrepared({ env: disk.env });
  await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  // Were each row tried by itself, those after the tenth failing write would be stored.
  disk.fail({ call: "write", error: "EROFS", suffix: "-wal", count: 60 });
  expect(await sendMany(server, 200)).toEqual(new Set([503]));
});

test("a full disk: 503 and not ready, nothing acknowledged is lost, and it goes on when there is room", async () => {
  const folder = ownFileSystem(8);
  if (folder === null) return void process.stderr.write("skipped: no file system can be mounted here\n");
  const server = await startPrepared({ folder });
  await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  const ballast = join(folder, "ballast");
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  await until("a text is refused", async () => {
    const { status } = await sendWebhook(
      server.url,
      server.telnyx,
      smsEvent(PREPARED_NUMBER, "x".repeat(20_000)),
    );
    return status === 503;
  });
  expect(await readiness(server)).toBe(503);
  truncateSync(ballast);
  await until("it is ready again", async () => (await readiness(server)) === 200);
  expect(await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "after"))).toBe("stored");
  expect(await server.stop()).toBe(0);
});
