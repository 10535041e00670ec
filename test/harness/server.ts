/** The compiled executable, serving on a free port of 127.0.0.1 in a folder of its own. */
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { binary } from "./binary.ts";
import { atTheEnd, emptyFolder } from "./cleanup.ts";
import { bareEnv, type Env, inletJson } from "./cli.ts";
import { tenant } from "./service.ts";
import { type TelnyxKey, telnyxKey } from "./telnyx.ts";
import { until } from "./until.ts";

export interface Server {
  readonly url: string;
  readonly folder: string;
  readonly telnyx: TelnyxKey;
  readonly pid: number;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>;
  /** Everything it logged so far. */
  readonly log: () => string;
  /** SIGTERM, and its exit code. */
  readonly stop: () => Promise<number>;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
}

export interface ServerOptions {
  /** Where its database lies; an empty folder by default. */
  readonly folder?: string;
  readonly telnyx?: TelnyxKey;
  readonly env?: Env;
  readonly args?: readonly string[];
  /** A program that runs the executable as its own. */
  readonly through?: readonly string[];
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = options.folder ?? emptyFolder();
  const telnyx = options.telnyx ?? telnyxKey();
  const command = [...(options.through ?? []), await binary(), "serve", ...(options.args ?? [])];
  const child = Bun.spawn(command, {
    cwd: folder,
    env: bareEnv({ PORT: "0", LOG_FORMAT: "json", TELNYX_PUBLIC_KEY: telnyx.publicKey, ...options.env }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let log = "";
  const gather = async (output: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of output) log += decoder.decode(chunk, { stream: true });
  };
  void gather(child.stdout);
  void gather(child.stderr);
  atTheEnd(() => child.kill("SIGKILL"));
  const url = await until("the server listens", () => {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${log}`);
    return /"message":"listening".*?"url":"([^"]+)"/.exec(log)?.[1];
  });
  return {
    url,
    folder,
    telnyx,
    pid: child.pid,
    ended: child.exited,
    log: () => log,
    stop: async () => {
      child.kill("SIGTERM");
      return child.exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

export interface Tenant {
  readonly accountId: number;
  readonly keyId: number;
  readonly key: string;
  readonly number: string;
}

/** Makes an account with a number and a key, as three commands would: each of those is a process of its own. */
export async function addTenant(
  folder: string,
  number: string,
  kind: "user" | "team" = "user",
): Promise<Tenant> {
  const database = await openDatabase({ url: `file:${join(folder, "inlet.db")}`, authToken: null });
  try {
    const { accountId, keyId, key } = await tenant({ database }, number, kind);
    return { accountId, keyId, key, number };
  } finally {
    await database.close();
    // A closed connection keeps its locks until its statements are collected: as a command would, it leaves none behind.
    Bun.gc(true);
  }
}

/** The same by three commands, for tests in which no other process may have had the database open. */
export async function addTenantByCommands(folder: string, number: string): Promise<Tenant> {
  const create = ["accounts", "create", "--kind", "user", "--name", `owner of ${number}`];
  const account = await inletJson<{ id: number }>(folder, create);
  await inletJson(folder, ["numbers", "add", number, "--account", String(account.id)]);
  const { id: keyId, key } = await addKey(folder, account.id);
  return { accountId: account.id, keyId, key, number };
}

export function addKey(
  folder: string,
  accountId: number,
  ...more: string[]
): Promise<{ id: number; key: string }> {
  return inletJson(folder, [
    "keys",
    "create",
    "--account",
    String(accountId),
    "--scope",
    "sms:read",
    ...more,
  ]);
}
