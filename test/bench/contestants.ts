/** The two servers that are compared: the executable, and the least that could work (bare.ts). */
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../harness/binary.ts";
import { addTenant } from "../harness/server.ts";
import { deliver, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { type Measured, startMeasured } from "./process.ts";

export const TELNYX = telnyxKey();
export const NUMBER = "+14155559999";
/** A frame as long as the one that Inlet makes of {@link TEXT}. */
const FRAME_BYTES = 229;
const TEXT = "hello there, this is a message";

export interface Contestant extends Measured {
  readonly name: "inlet" | "bare";
  readonly key: string;
  readonly streamPath: string;
  readonly webhookPath: string;
  /** Brings one message to every open stream. */
  readonly emit: () => Promise<unknown>;
}

/** `folder` is where it runs, and where commands find its database. */
export async function startInlet(
  env: Record<string, string> = {},
): Promise<Contestant & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const limits = { MAX_STREAMS: "1000000", MAX_STREAMS_PER_KEY: "1000000", STREAM_MAX_SECONDS: "3600" };
  const all = { PORT: "0", LOG_FORMAT: "json", TELNYX_PUBLIC_KEY: TELNYX.publicKey, ...limits, ...env };
  const server = await startMeasured([await binary(), "serve"], all, folder);
  const { key } = await addTenant(folder, NUMBER, "team");
  return {
    ...server,
    folder,
    name: "inlet",
    key,
    streamPath: "/api/v1/sms/stream",
    webhookPath: "/webhooks/telnyx",
    emit: () => deliver(server.url, TELNYX, smsEvent(NUMBER, TEXT)),
    stop: () => stopAndRemove(server, folder),
  };
}

export async function startBare(): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const der = createPublicKey(TELNYX.privateKey).export({ format: "der", type: "spki" });
  const env = { KEY_DER: der.toString("base64"), DB: join(folder, "bare.db") };
  const server = await startMeasured([process.execPath, join(import.meta.dir, "bare.ts")], env, folder);
  const start = "event: sms_received\ndata: ";
  const frame = `${start}${"x".repeat(FRAME_BYTES - start.length - 2)}\n\n`;
  return {
    ...server,
    name: "bare",
    key: "none",
    streamPath: "/stream",
    webhookPath: "/ingest",
    emit: () =>
      fetch(`${server.url}/emit`, { method: "POST", body: frame }).then((response) => response.text()),
    stop: () => stopAndRemove(server, folder),
  };
}

async function stopAndRemove(server: Measured, folder: string): Promise<void> {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
