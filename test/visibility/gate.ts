/** Reads that a test holds and releases: each waits once before it reads, and once more with what it has read. */
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { Database } from "../../src/database/open.ts";
import { ReadQueue } from "../../src/database/readqueue.ts";
import type { Read } from "../../src/database/result.ts";

export class Gate {
  readonly #database: Database;
  readonly #held: (() => void)[] = [];
  #isOpen = false;

  constructor(database: Database) {
    this.#database = database;
  }

  get held(): number {
    return this.#held.length;
  }

  read: Read = async (statement) => {
    await this.#pass();
    const result = await this.#database.read(statement);
    await this.#pass();
    return result;
  };

  /** The same database, of which everything that is read passes here. */
  get database(): Database {
    const orm = drizzle(async (sql, params) => {
      const { rows } = await this.read({ sql, args: params as (string | number | null)[] });
      return { rows: rows.map((row) => Object.values(row)) };
    });
    const line = new ReadQueue(this.read, 8);
    return {
      ...this.#database,
      read: this.read,
      readInBackground: this.read,
      lines: { listing: line, searching: line },
      orm,
    };
  }

  /** Lets one of those that wait go on, if there is one. */
  release(which: number): void {
    const at = this.#held.length === 0 ? -1 : which % this.#held.length;
    const [go] = at < 0 ? [] : this.#held.splice(at, 1);
    go?.();
  }

  /** Nothing is held any more. */
  open(): void {
    this.#isOpen = true;
    for (const go of this.#held.splice(0)) go();
  }

  #pass(): Promise<void> | undefined {
    if (this.#isOpen) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.push(resolve);
    return promise;
  }
}
