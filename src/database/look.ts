/**
 * Looks at a database without changing anything: it makes and leaves no file, migrates nothing and moves no log, also
 * beside a running service and in a folder that is not writable.
 */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { Connection } from "./connection.ts";
import { localPath } from "./file/create.ts";
import type { Read, Row, Statement } from "./result.ts";
import { PATIENT } from "./roles.ts";
import { absoluteUrl, type DatabaseConfig } from "./url.ts";

export interface OpenLook {
  readonly read: Read;
  /** For a database behind a server: runs an update that changes no row. Throws the error of the server. */
  readonly tryWriting?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Why there is nothing to look at: `reason` goes on behind "the database". */
export interface ClosedLook {
  readonly reason: string;
  /** Nobody has made it yet. */
  readonly isMissing: boolean;
}

const WRITES_NOTHING = "UPDATE installation SET epoch = epoch WHERE id = 0";

/** Opens nothing before the first read, which throws the engine's errors. */
export function lookAt(config: DatabaseConfig): OpenLook | ClosedLook {
  const path = localPath(config.url);
  if (path === null) {
    const connection = new Connection(config, PATIENT);
    const tryWriting = async () => {
      await connection.write([WRITES_NOTHING]);
    };
    return { read: connection.read, tryWriting, close: () => connection.close() };
  }
  if (!existsSync(path)) return { reason: "is not there yet: inlet serve makes it", isMissing: true };
  if (hasLog(path) && !existsSync(`${path}-shm`))
    return {
      reason: "has a log that no service has open, and that was copied or left there: inlet serve reads it",
      isMissing: false,
    };
  const file = new FileLook(config.url, path);
  return { read: file.read, close: file.close };
}

/**
 * Uses the runtime's own SQLite, because libSQL's engine would begin a log for a file that has none. Close it before
 * libSQL opens the same file in this process: closing it drops all locks that the process has on the file.
 */
class FileLook {
  readonly #url: string;
  readonly #path: string;
  #open: { readonly engine: Sqlite; readonly hasLog: boolean } | null = null;

  constructor(url: string, path: string) {
    this.#url = url;
    this.#path = path;
  }

  read: Read = async (statement) => {
    const before = hasLog(this.#path);
    try {
      return await this.#read(statement);
    } catch (error) {
      // A file that was opened as immutable looks damaged when a service has written to it meanwhile.
      if (before === hasLog(this.#path) && this.#open?.hasLog === before) throw error;
      return this.#read(statement);
    }
  };

  close = async (): Promise<void> => {
    this.#open?.engine.close(true);
    this.#open = null;
  };

  async #read(statement: Statement) {
    const isLogged = hasLog(this.#path);
    if (this.#open && this.#open.hasLog !== isLogged) await this.close();
    this.#open ??= { engine: await this.#openAs(isLogged), hasLog: isLogged };
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
    const query = this.#open.engine.prepare<Row, SQLQueryBindings[]>(sql);
    try {
      return { rows: query.all(...(args as SQLQueryBindings[])), rowsAffected: 0 };
    } finally {
      query.finalize();
    }
  }

  async #openAs(isLogged: boolean): Promise<Sqlite> {
    const { Database, constants } = await import("bun:sqlite");
    const { SQLITE_OPEN_READONLY, SQLITE_OPEN_URI } = constants;
    const engine = new Database(
      `${absoluteUrl(this.#url)}?${isLogged ? "mode=ro" : "immutable=1"}`,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
    );
    engine.run("PRAGMA busy_timeout = 2000");
    return engine;
  }
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
