/**
 * Power is lost at a random moment, while a server stores and commands write: of what was not synced each block of the
 * disk may be there or not. A 200 is kept all the same.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../harness/binary.ts";
import { bareEnv } from "../harness/cli.ts";
import { failingDisk } from "../harness/disk.ts";
import { startServer } from "../harness/server.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { faultsAfterRestart, type Template } from "./template.ts";

/** What a disk writes at once. */
const BLOCK_BYTES = 512;
const SENDERS = 6;
const MAX_MS = 800;

export interface PowerLoss {
  readonly acknowledged: number;
  readonly faults: readonly string[];
}

/** A disk that lies says that it has synced, and has not: so that it is seen that a loss is found. */
export async function losePower(template: Template, isLying = false): Promise<PowerLoss> {
  const folder = template.copy();
  const disk = failingDisk(true);
  const env = { ...disk.env };
  if (isLying) delete env.DISK_SYNCED;
  // What there is to begin with is on disk.
  for (const name of databaseFiles(folder))
    writeFileSync(join(disk.synced, name), readFileSync(join(folder, name)));
  const server = await startServer({ folder, telnyx: template.telnyx, env });
  const acknowledged = [...template.acknowledged];
  let isOn = true;
  const sending = Array.from({ length: SENDERS }, async (_, sender) => {
    for (let i = 0; isOn; i++) {
      const text = `${sender}:${i}`;
      const event = smsEvent(template.number, text.padEnd(Math.random() < 0.1 ? 5_000 : 0, "."));
      const answer = await sendWebhook(server.url, template.telnyx, event).catch(() => null);
      if (answer?.status === 200) acknowledged.push(event.data.payload.text);
    }
  });
  const create = ["numbers", "add", "+14155558888", "--account", String(template.accountId)];
  const command = Bun.spawn([await binary(), ...create], {
    cwd: folder,
    env: bareEnv(env),
    stdio: ["ignore", "ignore", "ignore"],
  });
  await Bun.sleep(Math.random() * MAX_MS);
  if (isLying)
    await until("a text is acknowledged", () => acknowledged.length > template.acknowledged.length);
  // All at once: nothing that one of them does comes after the end of another.
  process.kill(server.pid, "SIGSTOP");
  command.kill("SIGKILL");
  isOn = false;
  await command.exited;
  await server.kill();
  await Promise.all(sending);
  forget(folder, disk.synced, isLying ? 0 : ([0, 0.5, 0.9, 1][Math.floor(Math.random() * 4)] ?? 0));
  const faults = await faultsAfterRestart(folder, acknowledged);
  if (faults.length === 0 || isLying) rmSync(folder, { recursive: true, force: true });
  else faults.push(`the files are left in ${folder}`);
  return { acknowledged: acknowledged.length, faults };
}

/** The index of the log is memory that is shared, and never on a disk. */
function databaseFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name === "inlet.db" || name === "inlet.db-wal");
}

/** Each file as it was last synced, and of the blocks that were written since each with the chance `kept`. */
function forget(folder: string, synced: string, kept: number): void {
  for (const name of databaseFiles(folder)) {
    const [path, copy] = [join(folder, name), join(synced, name)];
    const written = readFileSync(path);
    const safe = existsSync(copy) ? readFileSync(copy) : Buffer.alloc(0);
    const size = Math.random() < kept ? written.length : safe.length;
    const after = Buffer.alloc(size);
    safe.copy(after);
    for (let at = 0; at < Math.min(size, written.length); at += BLOCK_BYTES)
      if (Math.random() < kept) written.copy(after, at, at, Math.min(at + BLOCK_BYTES, size));
    writeFileSync(path, after);
  }
  rmSync(join(folder, "inlet.db-shm"), { force: true });
}
