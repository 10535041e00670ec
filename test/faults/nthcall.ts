/** The n-th call to the disk fails, while a server starts, stores and stops: a 200 is kept all the same. */
import { rmSync } from "node:fs";
import { type DiskFault, failingDisk } from "../harness/disk.ts";
import { startServer } from "../harness/server.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { faultsAfterRestart, type Template } from "./template.ts";

export type Call = Pick<DiskFault, "call" | "error"> & {
  /** Whether it fails from then on, or once. */
  readonly forGood?: boolean;
  /** About how many such calls there are. */
  readonly about: number;
};

export const CALLS: readonly Call[] = [
  { call: "write", error: "EIO", about: 180 },
  { call: "write", error: "ENOSPC", about: 180 },
  { call: "write", error: "ENOSPC", forGood: true, about: 180 },
  { call: "write", error: "short", about: 180 },
  { call: "sync", error: "EIO", about: 28 },
  { call: "sync", error: "EIO", forGood: true, about: 28 },
  { call: "open", error: "EIO", about: 10 },
  { call: "open", error: "ENOSPC", forGood: true, about: 10 },
  { call: "truncate", error: "EIO", about: 6 },
];

export interface Failed {
  /** False where there were not so many calls. */
  readonly hasFired: boolean;
  readonly acknowledged: number;
  readonly faults: readonly string[];
}

/** Some one after the other, then some at once: batches of one and of several. */
const TEXTS = 8;
/** A server that the fault made hang. */
const HANGS_MS = 15_000;

export async function failNth(
  template: Template,
  { call, error, forGood }: Call,
  n: number,
): Promise<Failed> {
  const folder = template.copy();
  const disk = failingDisk();
  disk.fail({ call, error, first: n, suffix: "*inlet.db", ...(forGood ? {} : { count: 1 }) });
  const acknowledged = [...template.acknowledged];
  const faults: string[] = [];
  const send = async (url: string, text: string) => {
    const answer = await sendWebhook(url, template.telnyx, smsEvent(template.number, text)).catch(() => null);
    if (answer?.status === 200) acknowledged.push(text);
    else if (answer && answer.status !== 503) faults.push(`${text} was answered ${answer.status}`);
  };
  const server = await startServer({ folder, telnyx: template.telnyx, env: disk.env }).catch(() => null);
  if (server) {
    for (let i = 0; i < TEXTS; i++) await send(server.url, `one ${i}`);
    await Promise.all(Array.from({ length: TEXTS }, (_, i) => send(server.url, `many ${i}`)));
    const ended = await Promise.race([server.stop(), Bun.sleep(HANGS_MS).then(() => null)]);
    if (ended === null) faults.push("the server did not stop");
    await server.kill();
  }
  faults.push(...(await faultsAfterRestart(folder, acknowledged)));
  rmSync(folder, { recursive: true, force: true });
  return { hasFired: disk.hasFired(), acknowledged: acknowledged.length, faults };
}

export function nameOf({ call, error, forGood }: Call): string {
  return `${call} ${error}${forGood ? " from then on" : ""}`;
}
