/** A disk that fills and empties, and one that stalls: what was acknowledged is kept, and the service goes on by itself. */
import { appendFileSync, statfsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../src/errors.ts";
import { stallingDisk } from "../harness/disk.ts";
import { ownFileSystem } from "../harness/filesystem.ts";
import { PREPARED_NUMBER, preparedFolder } from "../harness/prepared.ts";
import { faultsOf, rowsOf, Sender } from "../harness/senders.ts";
import { startServer } from "../harness/server.ts";
import { until } from "../harness/until.ts";
import type { Outcome, Trial } from "./trial.ts";

const SENDERS = 6;
const DISK_MB = 64;
/** So that one text does not fit into what the log has room for already. */
const TEXT_LENGTH = 4_000;
const LONG_MS = 30_000;

async function fillAndEmpty(isOver: () => boolean): Promise<Outcome> {
  const disk = ownFileSystem(DISK_MB);
  if (disk === null) {
    process.stderr.write("skipped: no file system can be mounted here\n");
    return { figures: { fills: 0 }, faults: [] };
  }
  const server = await startServer({ folder: await preparedFolder(disk) });
  const readiness = async () => (await fetch(`${server.url}/readyz`)).status;
  const senders = Array.from({ length: SENDERS }, (_, i) => new Sender(i, PREPARED_NUMBER, TEXT_LENGTH));
  const acknowledged: string[] = [];
  const ballast = join(disk, "ballast");
  let fills = 0;
  const hasRoom = () => {
    const { bavail, blocks } = statfsSync(disk);
    return bavail > blocks / 4;
  };
  do {
    let isEnough = false;
    const sending = senders.map((sender) => sender.run(server, acknowledged, () => isEnough));
    await until(
      "the full disk is noticed",
      () => {
        fill(disk, ballast);
        return readiness().then((status) => status === 503);
      },
      LONG_MS,
    );
    truncateSync(ballast);
    await until("it is ready again", async () => (await readiness()) === 200, LONG_MS);
    const before = acknowledged.length;
    await until("texts are taken again", () => acknowledged.length > before, LONG_MS);
    isEnough = true;
    await Promise.all(sending);
    fills++;
  } while (!isOver() && hasRoom());
  await server.kill();
  return {
    figures: { fills, acknowledged: acknowledged.length },
    faults: faultsOf(rowsOf(disk), acknowledged, senders),
  };
}

/** All that is free, but for what others take meanwhile. */
function fill(disk: string, ballast: string): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    appendFileSync(ballast, Buffer.alloc(bavail * bsize));
  } catch (error) {
    if (errorCode(error) !== "ENOSPC") throw error;
  }
}

async function stall(isOver: () => boolean): Promise<Outcome> {
  const disk = stallingDisk();
  const server = await startServer({ folder: await preparedFolder(), env: disk.env });
  const senders = Array.from({ length: SENDERS }, (_, i) => new Sender(i, PREPARED_NUMBER));
  const acknowledged: string[] = [];
  let isEnough = false;
  const sending = senders.map((sender) => sender.run(server, acknowledged, () => isEnough));
  let [stalls, slowest] = [0, 0];
  do {
    disk.stall();
    stalls++;
    // The event loop is not what waits for the disk.
    for (let i = 0; i < 20; i++) {
      const startedAt = performance.now();
      await fetch(`${server.url}/healthz`);
      slowest = Math.max(slowest, performance.now() - startedAt);
      await Bun.sleep(30);
    }
    disk.goOn();
    const before = acknowledged.length;
    await until("texts are taken again", () => acknowledged.length > before + SENDERS, LONG_MS);
  } while (!isOver());
  isEnough = true;
  await Promise.all(sending);
  await server.kill();
  return {
    figures: { stalls, acknowledged: acknowledged.length, slowestAnswerMs: Math.round(slowest) },
    faults: faultsOf(rowsOf(server.folder), acknowledged, senders),
  };
}

export const fullDisk: Trial = { name: "a disk that fills and empties", run: fillAndEmpty };
export const stalls: Trial = { name: "a disk that stalls", run: stall };
