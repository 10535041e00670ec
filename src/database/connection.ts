/**
 * One connection to the database that survives SQLITE_BUSY. After one BUSY libSQL's local engine reports writes as
 * done that it never commits, and a BUSY read may hold an old snapshot for ever
 * (https://github.com/tursodatabase/libsql-client-ts/issues/352). So an error of a local connection closes it, a
 * new one takes its place, and BUSY is tried again until a deadline. Nothing else in the program opens a database.
 */

import { collectClosed } from "./collect.ts";
import { attempt, type Engine, openEngine } from "./engine.ts";
import { isBusy, isMisplaced, isSyncFailure } from "./failure.ts";
import { checkpoint, endLog, seal } from "./file/checkpoint.ts";
import { localPath } from "./file/create.ts";
import type { OpenFiles } from "./file/openfiles.ts";
import { local } from "./local.ts";
import { openSame } from "./reopen.ts";
import { type FlatResult, type Read, type Statement, toResult, type Write } from "./result.ts";
import type { ConnectionOptions } from "./roles.ts";
import { type DatabaseConfig, databasePath } from "./url.ts";

/** One collection may keep what the next one finds: after a single one, five of 200 stops left the log behind. */
const RELEASE_COLLECTIONS = 3;
/** A quarter of a second in all, and only where no service has the file. */
const LAST_CLOSE_WAITS_MS = [0, 10, 20, 40, 80, 100];

export class Connection {
  readonly #config: DatabaseConfig;
  /** Replaced by {@link use}. */
  #options: ConnectionOptions;
  readonly #local: boolean;
  /** Replaced after an error; null until it is first used. */
  #engine: Promise<Engine> | null = null;
  /** A second engine, which moves the log while the first holds the write lock; null until it is first needed. */
  #copier: Promise<Engine> | null = null;
  /** How often work was tried again, because another transaction was in the way. */
  retries = 0;
  #closed = false;
  /** The file that was opened first: no other is opened in its place. */
  #file: string | undefined;
  /** The files that the present engine has open; null for a remote database. */
  #files: OpenFiles | null = null;
  /** A failed sync: from then on nothing that is read or written through this process can be believed. */
  #failure: unknown = null;

  constructor(config: DatabaseConfig, options: ConnectionOptions) {
    this.#config = config;
    this.#options = options;
    this.#local = databasePath(config.url) !== null;
    this.#file = config.file;
  }

  read: Read = async (statement) => toResult(await this.#run(async (engine) => engine.execute(statement)));

  write: Write = async (statements) => (await this.transact(statements)).map(toResult);

  /** As {@link read}, with a result that can be posted to another thread. */
  fetch(statement: Statement): Promise<FlatResult> {
    return this.#run(async (engine) => engine.execute(statement));
  }

  /**
   * As {@link write}, with results that can be posted to another thread. Throws {@link Misplacement} when the open
   * files are no longer those of their names: before the transaction, so that nothing is written, and after it, because
   * what was written may be lost. With no statements it only looks.
   */
  transact(statements: readonly Statement[]): Promise<FlatResult[]> {
    return this.#run(async (engine) => {
      this.#refuseMisplaced();
      const results = statements.length > 0 ? await engine.transact(statements) : [];
      this.#refuseMisplaced();
      return results;
    });
  }

  /** Gives the connection another role: it waits as that role does, but its cache keeps the size it was opened with. */
  use(options: ConnectionOptions): Promise<void> {
    this.#options = options;
    // Behind a server each role has its own kind of stream.
    if (!this.#local) this.#drop(this.#engine);
    return this.#run(async (engine) => {
      if (this.#local) await engine.execute(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    });
  }

  /** The files that are open, or were when it last had some. */
  get files(): OpenFiles | null {
    return this.#files;
  }

  /** Moves the log into the file; resolves to the row of `PRAGMA wal_checkpoint`. For the holder of the file's lock. */
  checkpoint(): Promise<FlatResult> {
    return this.#run(async (engine) => {
      this.#refuseMisplaced();
      const copier = local(await this.#openCopier());
      this.#refuseMisplaced();
      return checkpoint(local(engine), copier, localPath(this.#config.url) ?? "");
    });
  }

  /** Seals the name of the log, see logcheck.ts. */
  seal(): Promise<void> {
    return this.#run(async (engine) => void seal(local(engine)));
  }

  /**
   * Moves the log into the file and removes it. False when somebody else has the file open. For the holder of the
   * file's lock.
   */
  async endLog(): Promise<boolean> {
    // A file that was moved away leaves its log here, which tells the next start that something is missing.
    if (this.#files?.misplacement()) return false;
    const end = () => this.#run(async (engine) => endLog(local(engine))).catch(() => false);
    if (await end()) return true;
    // An earlier connection of this process may still have the file open, until it is collected.
    for (const waitMs of LAST_CLOSE_WAITS_MS) {
      await this.#collect();
      await Bun.sleep(waitMs);
      if (await end()) return true;
    }
    return false;
  }

  /** Closes the connection: work that runs is finished, work that waits for a lock gives up. */
  async close(): Promise<void> {
    this.#closed = true;
    const opening = [this.#engine, this.#copier];
    this.#engine = null;
    this.#copier = null;
    for (const one of opening) {
      const engine = await one?.catch(() => null);
      if (engine) attempt(() => engine.close());
    }
  }

  /** Closes it, and lets go of the file: the engine keeps its locks until the last of its statements is collected. */
  async release(): Promise<void> {
    await this.close();
    for (let i = 0; i < RELEASE_COLLECTIONS; i++) await this.#collect();
  }

  async #collect(): Promise<void> {
    // The last engine to let go may write what it still holds, and after a failed sync nothing may be written.
    if (!this.#local || this.#failure) return;
    await collectClosed(this.#options);
  }

  async #run<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.deadlineMs;
    for (;;) {
      if (this.#closed) throw new Error("the database connection is closed");
      if (this.#failure) throw this.#failure;
      this.#engine ??= this.#open();
      const opening = this.#engine;
      let isOpen = false;
      try {
        const engine = await opening;
        isOpen = true;
        return await work(engine);
      } catch (error) {
        if (isSyncFailure(error)) this.#failure = error;
        // Work that waited behind a failing statement finds its connection closed, and is tried again, too.
        const another = isBusy(error) || this.#engine !== opening;
        // A file that has lost its name would be gone once it is closed.
        if (!isOpen || (this.#local && !isMisplaced(error))) this.#drop(opening);
        if (!another || performance.now() > deadline) throw error;
        this.retries++;
        await Bun.sleep(5 + Math.random() * 20);
      }
    }
  }

  async #openCopier(): Promise<Engine> {
    this.#copier ??= openEngine(this.#config, this.#options, () => this.#refuseMisplaced());
    this.#copier.catch(() => {
      this.#copier = null; // what was moved may come back
    });
    return this.#copier;
  }

  #refuseMisplaced(): void {
    const misplacement = this.#files?.misplacement();
    if (misplacement) throw misplacement;
  }

  #drop(opening: Promise<Engine> | null): void {
    if (this.#engine !== opening) return;
    for (const one of [opening, this.#copier]) one?.then((engine) => engine.close()).catch(() => undefined);
    this.#engine = null;
    this.#copier = null;
  }

  async #open(): Promise<Engine> {
    const { engine, files } = await openSame(this.#config, this.#file, this.#options);
    if (this.#options.watchesContent) files?.watchContent();
    this.#files = files;
    this.#file = files?.main;
    return engine;
  }
}
