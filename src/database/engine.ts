/** Opens a database with one of libSQL's engines, and sets the connection up as Inlet needs it. */
import { CommandError } from "../errors.ts";
import { KeptEngine } from "./kept.ts";
import { LocalEngine } from "./local.ts";
import { RemoteEngine } from "./remote.ts";
import type { ConnectionOptions } from "./roles.ts";
import { type DatabaseConfig, databasePath } from "./url.ts";

export type Engine = LocalEngine | RemoteEngine | KeptEngine;

/**
 * `judge` is called in the turn in which a file is opened, when all that takes time is over: what it throws is thrown, and
 * nothing is opened. The engine would make a file where there is none. Throws {@link CommandError} when libSQL's native
 * part cannot be loaded.
 */
export async function openEngine(
  { url, authToken }: DatabaseConfig,
  { busyTimeoutMs, cacheKib, keepsStream }: ConnectionOptions,
  judge: () => void = () => undefined,
): Promise<Engine> {
  const path = databasePath(url);
  const { openLocal, createClient } = await loadEngines();
  if (path === null && keepsStream) return openKept(url, authToken);
  if (path === null) {
    return new RemoteEngine(createClient({ url, fetch: fetchInTime, ...(authToken ? { authToken } : {}) }));
  }
  judge();
  const engine = new LocalEngine(new openLocal(path, { timeout: busyTimeoutMs }));
  try {
    // WAL lets readers and the writer go on beside each other; FULL syncs the log at each commit, which is
    // what a 200 to Telnyx promises. All but WAL hold for this one connection alone.
    engine.execute("PRAGMA journal_mode = WAL");
    engine.execute("PRAGMA synchronous = FULL");
    engine.execute("PRAGMA foreign_keys = ON");
    engine.execute(`PRAGMA cache_size = -${cacheKib}`);
    // No automatic checkpoints: only the Checkpointer's are safe. A log that has grown becomes small again.
    engine.execute("PRAGMA wal_autocheckpoint = 0");
    engine.execute(`PRAGMA journal_size_limit = ${32 * 1024 * 1024}`);
    return engine;
  } catch (error) {
    attempt(() => engine.close());
    throw error;
  }
}

/**
 * Opens a file that no service uses, such as a copy, as it is and without a log. Throws {@link CommandError} when
 * libSQL's native part cannot be loaded.
 */
export async function openPlain(path: string): Promise<LocalEngine> {
  const { openLocal } = await loadEngines();
  return new LocalEngine(new openLocal(path, { timeout: 1_000 }));
}

/** Does the last work on something that is given up anyway: an error in it does not matter. */
export function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // There is nothing else to do.
  }
}

/** A server that takes longer is taken to hang: whoever waits gets an error, and tries again. */
const REMOTE_TIMEOUT_MS = 5_000;

function fetchInTime(request: Request): Promise<Response> {
  // To compress each small answer would cost the server more than everything else about it.
  request.headers.set("accept-encoding", "identity");
  return fetch(request, { signal: AbortSignal.timeout(REMOTE_TIMEOUT_MS) });
}

async function openKept(url: string, authToken: string | null): Promise<KeptEngine> {
  const hrana = await import("@libsql/hrana-client");
  const { hranaHttpUrl = url, authToken: token } = hrana.parseLibsqlUrl(url);
  // Below a path that does not end with a slash its last part would be replaced.
  const base = hranaHttpUrl.endsWith("/") ? hranaHttpUrl : `${hranaHttpUrl}/`;
  return new KeptEngine(hrana, hrana.openHttp(base, authToken ?? token, fetchInTime));
}

/** Not before a database is needed, so that `--help` and `version` take no time for it. Throws {@link CommandError}. */
async function loadEngines() {
  try {
    const [{ default: openLocal }, { createClient }] = await Promise.all([
      import("libsql"),
      import("@libsql/client"),
    ]);
    return { openLocal, createClient };
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`libSQL's native part cannot be loaded: ${String(cause).split("\n")[0]}`, {
      cause,
    });
  }
}
