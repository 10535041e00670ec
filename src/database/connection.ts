/**
 * One connection to the database that survives SQLITE_BUSY. After one BUSY libSQL's local engine reports writes as
 * done that it never commits, and a BUSY read may hold an old snapshot for ever
 * (https://github.com/tursodatabase/libsql-client-ts/issues/352). So an error of a local connection closes it, a
 * new one takes its place, and BUSY is tried again until a deadline. Nothing else in the program opens a database.
 */
import { closeSync, openSync } from "node:fs";
import { causeCode, Refusal } from "../errors.ts";
import { isBusy, isSyncFailure } from "./failure.ts";
import { LocalEngine } from "./local.ts";
import { RemoteEngine } from "./remote.ts";
import { type FlatResult, type Result, toResult, type Value } from "./result.ts";
import type { ConnectionOptions } from "./roles.ts";
import { databasePath, shownDatabaseUrl } from "./url.ts";

export interface DatabaseConfig {
  readonly url: string;
  readonly authToken: string | null;
  /** ` through the proxy …`, where requests to it go through one. */
  readonly through?: string;
}

export type Statement = string | { readonly sql: string; readonly args: Value[] };

/** Runs one statement that only reads. */
export type Read = (statement: Statement) => Promise<Result>;
/** Runs the statements in one transaction. It is synced to disk when this resolves (a local file). */
export type Write = (statements: Statement[]) => Promise<readonly Result[]>;

export class Connection {
  readonly #config: DatabaseConfig;
  readonly #options: ConnectionOptions;
  readonly #local: boolean;
  /** Replaced after an error; null until first used. */
  #engine: Promise<LocalEngine | RemoteEngine> | null = null;
  #closed = false;
  /** A failed sync: from then on nothing that is read or written through this process can be believed. */
  #failure: unknown = null;

  constructor(config: DatabaseConfig, options: ConnectionOptions) {
    this.#config = config;
    this.#options = options;
    this.#local = databasePath(config.url) !== null;
  }

  read: Read = async (statement) => toResult(await this.#run(async (engine) => engine.execute(statement)));

  write: Write = async (statements) => (await this.transact(statements)).map(toResult);

  /** What {@link read} does, with results that can be sent on. */
  fetch(statement: Statement): Promise<FlatResult> {
    return this.#run(async (engine) => engine.execute(statement));
  }

  /** What {@link write} does, with results that can be sent on. */
  transact(statements: readonly Statement[]): Promise<FlatResult[]> {
    return this.#run(async (engine) => engine.transact(statements));
  }

  /** What runs is finished, what waits for a lock gives up. Moves what was written from the log into the file. */
  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#engine;
    this.#engine = null;
    const engine = await opening?.catch(() => null);
    if (!engine) return;
    // libSQL leaves the log behind when it closes, and who copies the file alone would copy nothing.
    if (engine instanceof LocalEngine) attempt(() => engine.execute("PRAGMA wal_checkpoint(PASSIVE)"));
    attempt(() => engine.close());
  }

  async #run<T>(work: (engine: LocalEngine | RemoteEngine) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.deadlineMs;
    for (;;) {
      if (this.#closed) throw new Error("the database connection is closed");
      if (this.#failure) throw this.#failure;
      this.#engine ??= this.#open();
      const opening = this.#engine;
      try {
        return await work(await opening);
      } catch (error) {
        if (isSyncFailure(error)) this.#failure = error;
        // Work that waited in line behind a failing one finds its connection closed: that is worth another try too.
        const another = isBusy(error) || this.#engine !== opening;
        if (this.#local) this.#drop(opening);
        if (!another || performance.now() > deadline) throw error;
        await Bun.sleep(5 + Math.random() * 20);
      }
    }
  }

  #drop(opening: Promise<LocalEngine | RemoteEngine> | null): void {
    if (this.#engine === opening) this.#engine = null;
    opening?.then((engine) => engine.close()).catch(() => undefined);
  }

  async #open(): Promise<LocalEngine | RemoteEngine> {
    const { url, authToken } = this.#config;
    const path = databasePath(url);
    const { openLocal, createClient } = await loadEngines();
    if (path === null) {
      return new RemoteEngine(createClient({ url, fetch: fetchInTime, ...(authToken ? { authToken } : {}) }));
    }
    const engine = new LocalEngine(new openLocal(path, { timeout: this.#options.busyTimeoutMs }));
    try {
      // WAL lets readers and the writer go on beside each other; FULL syncs the log at each commit, which is
      // what a 200 to Telnyx promises. All but WAL hold for this one connection alone.
      engine.execute("PRAGMA journal_mode = WAL");
      engine.execute("PRAGMA synchronous = FULL");
      engine.execute("PRAGMA foreign_keys = ON");
      engine.execute(`PRAGMA cache_size = -${this.#options.cacheKib}`);
      engine.execute("PRAGMA wal_autocheckpoint = 4000");
      return engine;
    } catch (error) {
      attempt(() => engine.close());
      throw error;
    }
  }
}

/** What is given up anyway may fail. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // Closing is all that was left to do.
  }
}

/** A server that takes longer hangs: whoever waits is told, and tries again. */
const REMOTE_TIMEOUT_MS = 5_000;

function fetchInTime(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.timeout(REMOTE_TIMEOUT_MS) });
}

/**
 * libSQL's native part is unpacked into a temporary folder when it is first needed, and not before: `--help` and
 * `version` work without one. Throws {@link Refusal} when that fails.
 */
async function loadEngines() {
  try {
    const [{ default: openLocal }, { createClient }] = await Promise.all([
      import("libsql"),
      import("@libsql/client"),
    ]);
    return { openLocal, createClient };
  } catch (cause) {
    throw new Refusal(
      "libSQL's native part cannot be loaded: a folder for temporary files that may be written and is not mounted noexec is needed; BUN_TMPDIR names one",
      { cause },
    );
  }
}

/**
 * Makes the file of a local database, readable by its owner alone (libSQL would make it readable by all).
 * True when there was none. Throws {@link Refusal} when it cannot be opened for writing.
 */
export function createDatabaseFile(url: string): boolean {
  const path = databasePath(url);
  if (path === null) return false;
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (causeCode(error) !== "EEXIST") throw unopenable(url, error);
  }
  try {
    closeSync(openSync(path, "r+"));
    return false;
  } catch (error) {
    throw unopenable(url, error);
  }
}

function unopenable(url: string, cause: unknown): Refusal {
  const why = causeCode(cause) ?? String(cause);
  return new Refusal(
    `cannot open the database ${shownDatabaseUrl(url)}: ${why}. Check that its folder exists and may be written, or set DATABASE_URL`,
    { cause },
  );
}
