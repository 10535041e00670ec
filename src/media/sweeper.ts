/** Takes away the files of messages that are gone: within seconds, and after a crash at the next start. */
import { existsSync } from "node:fs";
import type { Database } from "../database/open.ts";
import { ApiError } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { Periodic } from "../platform/periodic.ts";
import type { FileName, PictureFiles } from "./files.ts";
import { gonePictures, noteGone, strayFiles } from "./rows.ts";

const ROWS_PER_STEP = 200;
const INTERVAL_MS = 1_000;
/** Where more are to go, webhooks have their turn between two steps. */
const PAUSE_MS = 20;
/** How often the folder is held against the table. */
const WHOLE_MS = 3_600_000;

const unswept = new ThrottledLog("files of pictures could not be removed; it is tried again");

export class Sweeper {
  readonly #database: Database;
  readonly #files: PictureFiles;
  readonly #rounds = new Periodic(() => this.#round());
  #wholeAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, files: PictureFiles) {
    this.#database = database;
    this.#files = files;
  }

  start(): void {
    this.#rounds.start(PAUSE_MS);
  }

  stop(): void {
    this.#rounds.stop();
  }

  async #round(): Promise<number> {
    try {
      const isMore = await this.#step();
      if (isMore) return PAUSE_MS;
      if (performance.now() - this.#wholeAt > WHOLE_MS) await this.#holdAgainstTable();
    } catch (error) {
      if (!(error instanceof ApiError) && !this.#rounds.isStopped) unswept.count(errorFields(error));
    }
    return INTERVAL_MS;
  }

  /** Resolves to whether there may be more. */
  async #step(): Promise<boolean> {
    const names = await gonePictures(this.#database.readInBackground, ROWS_PER_STEP);
    for (const name of names) await this.#files.remove(name);
    if (names.length > 0) await noteGone(this.#database, names);
    return names.length === ROWS_PER_STEP;
  }

  async #holdAgainstTable(): Promise<void> {
    this.#wholeAt = performance.now();
    let names: FileName[] = [];
    const sweep = async () => {
      for (const stray of await strayFiles(this.#database.readInBackground, names))
        await this.#files.remove(stray);
      names = [];
    };
    if (!existsSync(this.#files.folder)) return;
    for await (const name of this.#files.names(Date.now())) {
      if (this.#rounds.isStopped) return;
      if (names.push(name) === ROWS_PER_STEP) await sweep();
    }
    if (names.length > 0) await sweep();
  }
}
