/** The two servers that are compared: the executable, and the least that could work (bare.ts). */
import { createPublicKey } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../harness/binary.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { deliver, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { populate, type Tenant } from "./populate.ts";
import { type Measured, startMeasured } from "./process.ts";

export const TELNYX = telnyxKey();
/** A frame as long as the one that Inlet makes of {@link TEXT}. */
const FRAME_BYTES = 222;
export const TEXT = "hello there, this is a message";

export interface Contestant extends Measured {
  readonly name: string;
  /** Of whoever opens streams, and whose number is written to. */
  readonly tenant: Tenant;
  readonly streamPath: string;
  readonly webhookPath: string;
  /** Brings one message to every open stream. */
  readonly emit: () => Promise<unknown>;
}

export interface Inlet extends Contestant {
  /** Where it runs, and where commands find its database. */
  readonly folder: string;
  readonly tenants: readonly Tenant[];
}

export interface InletOptions {
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
  readonly accounts?: number;
  /** How many of the accounts' keys are needed. */
  readonly known?: number;
  /** Fills the database further, before the service starts. */
  readonly prepare?: (file: string) => void;
}

const LIMITS = { MAX_STREAMS: "1000000", MAX_STREAMS_PER_KEY: "1000000", STREAM_MAX_SECONDS: "3600" };

export async function startInlet({
  env = {},
  args = [],
  accounts = 1,
  known = accounts,
  prepare,
}: InletOptions = {}): Promise<Inlet> {
  const folder = emptyFolder();
  await makeDatabase(folder);
  const file = join(folder, "inlet.db");
  const tenants = populate(file, accounts, known);
  prepare?.(file);
  const server = await serve(folder, env, args);
  const [tenant] = tenants;
  if (!tenant) throw new Error("there must be an account");
  return {
    ...server,
    folder,
    tenants,
    name: "inlet",
    tenant,
    streamPath: "/api/v1/sms/stream",
    webhookPath: "/webhooks/telnyx",
    emit: () => deliver(server.url, TELNYX, smsEvent(tenant.number, TEXT)),
    stop: () => stopAndRemove(server, folder),
  };
}

export async function makeDatabase(folder: string): Promise<void> {
  const { exited } = Bun.spawn([await binary(), "database", "migrate"], { cwd: folder, stdio: QUIET });
  if ((await exited) !== 0) throw new Error("the database could not be made");
}

const QUIET: ["ignore", "ignore", "ignore"] = ["ignore", "ignore", "ignore"];

/** On a database that is there already. */
export async function serve(
  folder: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<Measured> {
  const all = { PORT: "0", LOG_FORMAT: "json", TELNYX_PUBLIC_KEY: TELNYX.publicKey, ...LIMITS, ...env };
  return startMeasured([await binary(), "serve", ...args], all, folder);
}

export async function startBare(): Promise<Contestant> {
  const folder = emptyFolder();
  const der = createPublicKey(TELNYX.privateKey).export({ format: "der", type: "spki" });
  const env = { KEY_DER: der.toString("base64"), DB: join(folder, "bare.db") };
  const server = await startMeasured([process.execPath, join(import.meta.dir, "bare.ts")], env, folder);
  return {
    ...server,
    name: "bare",
    tenant: NOBODY,
    streamPath: "/stream",
    webhookPath: "/ingest",
    emit: () => post(`${server.url}/emit`, frame()),
    stop: () => stopAndRemove(server, folder),
  };
}

/** Where there are no accounts. */
export const NOBODY: Tenant = { accountId: 1, number: "+14155559999", key: "none" };

export function frame(): string {
  const start = "event: sms_received\ndata: ";
  return `${start}${"x".repeat(FRAME_BYTES - start.length - 2)}\n\n`;
}

/** Throws unless it was answered 2xx. */
export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(url, { method: "POST", body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
}

export async function stopAndRemove(server: Measured, folder: string): Promise<void> {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
