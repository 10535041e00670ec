/**
 * The store of a simulated run: the product's statements on the real engine, in memory. What is asked of it is carried
 * out at some later moment, and answered at a still later one; in between, the one who asked may have died.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import Libsql from "libsql";
import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "../../src/database/installation.ts";
import { LocalEngine } from "../../src/database/local.ts";
import type { Database } from "../../src/database/open.ts";
import { ReadQueue } from "../../src/database/readqueue.ts";
import { type Read, type Result, type Statement, toResult, type Write } from "../../src/database/result.ts";
import { DATABASE_NOW } from "../../src/messages/insert.ts";
import type { Time } from "./time.ts";

const TABLES = readFileSync(join(import.meta.dir, "../../drizzle/0000_tables.sql"), "utf8").split(
  "--> statement-breakpoint",
);

/** The engine's clock and its random numbers, as they stand in the product's statements. */
const CLOCK = "(SELECT now FROM simulated)";
const DRAWN = "(SELECT drawn FROM simulated)";

/** What becomes of a write: `lost` before it began, `torn` in the middle, `unsaid` once it was committed. */
export type Fate = "done" | "lost" | "torn" | "unsaid" | "busy";

/** One who reads and writes: a process, or a command. */
export interface Party {
  readonly name: string;
  /** Nothing of a dead one reaches the store, and nothing reaches it. */
  isDead: boolean;
  /** Until then nothing is carried out for it. */
  stalledUntil: number;
  /** Of its next write; each is done unless it says otherwise. */
  fate: () => Fate;
}

class StoreError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export class Store {
  readonly #time: Time;
  readonly #engine = new LocalEngine(new Libsql(":memory:"));
  readonly #onCommit: () => void;
  /** For mutations: what a statement is, before it is carried out. */
  alter: (sql: string) => string = (sql) => sql;

  /** `onCommit` is called after each transaction. */
  constructor(time: Time, onCommit: () => void) {
    this.#time = time;
    this.#onCommit = onCommit;
    this.#engine.execute("CREATE TABLE simulated (now INTEGER, drawn TEXT)");
    this.#engine.execute("INSERT INTO simulated VALUES (0, '')");
    for (const sql of TABLES) this.now(sql);
  }

  /** At once, beside everything: for the world, and for those who check. */
  now(statement: Statement): Result {
    return toResult(this.#engine.execute(this.#phrased(statement)));
  }

  installation(): Installation {
    return toInstallation(this.now(`SELECT ${INSTALLATION_COLUMNS} FROM installation WHERE id = 1`).rows[0]);
  }

  /** As this party has it open. */
  openFor(party: Party): Database {
    const read = this.#readOf(party);
    const line = new ReadQueue(read, 8);
    const orm = drizzle(async (sql, params) => {
      const { rows } = await read({ sql, args: params as (string | number | null)[] });
      return { rows: rows.map((row) => Object.values(row)) };
    });
    return {
      read,
      readInBackground: read,
      lines: { listing: line, searching: line },
      write: this.#writeOf(party),
      orm,
      installation: async () =>
        toInstallation((await read(`SELECT ${INSTALLATION_COLUMNS} FROM installation WHERE id = 1`)).rows[0]),
      created: false,
      migrated: 0,
      close: async () => undefined,
    };
  }

  close(): void {
    this.#engine.close();
  }

  #readOf(party: Party): Read {
    return async (statement) => {
      await this.#reach(party);
      const result = this.now(statement);
      await this.#return(party);
      return result;
    };
  }

  #writeOf(party: Party): Write {
    return async (statements) => {
      await this.#reach(party);
      const fate = party.fate();
      if (fate === "busy") {
        await this.#return(party);
        throw new StoreError("SQLITE_BUSY");
      }
      const results = this.#transact(statements, fate);
      if (results) this.#onCommit();
      await this.#return(party);
      if (!results || fate === "unsaid") throw new StoreError("SQLITE_IOERR_WRITE");
      return results;
    };
  }

  /** Null when nothing of it was committed. Throws what the engine throws. */
  #transact(statements: readonly Statement[], fate: Fate): Result[] | null {
    if (fate === "lost") return null;
    this.#engine.execute("BEGIN IMMEDIATE");
    try {
      const done = fate === "torn" ? statements.slice(0, -1) : statements;
      const results = done.map((statement) => this.now(statement));
      this.#engine.execute(fate === "torn" ? "ROLLBACK" : "COMMIT");
      return fate === "torn" ? null : results;
    } catch (error) {
      this.#engine.execute("ROLLBACK");
      throw error;
    }
  }

  /** A dead one waits for ever. */
  async #reach(party: Party): Promise<void> {
    const { random, now } = this.#time;
    await this.#time.wait(Math.max(party.stalledUntil - now, 0) + this.#latency(random.next()));
    if (party.isDead) await new Promise(() => undefined);
  }

  async #return(party: Party): Promise<void> {
    await this.#time.wait(this.#latency(this.#time.random.next()));
    if (party.isDead) await new Promise(() => undefined);
  }

  /** Most take no time; some take as long as a disk that is busy. */
  #latency(drawn: number): number {
    return drawn < 0.5 ? 0 : drawn < 0.95 ? Math.round(drawn * 4) : Math.round(drawn * 60);
  }

  #phrased(statement: Statement): Statement {
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
    const phrased = this.alter(sql)
      .replaceAll(DATABASE_NOW, CLOCK)
      .replaceAll("lower(hex(randomblob(4)))", DRAWN);
    if (phrased.includes("FROM simulated")) {
      const drawn = `e${Math.floor(this.#time.random.next() * 1e9).toString(36)}`.padEnd(8, "0");
      this.#engine.execute({
        sql: "UPDATE simulated SET now = ?, drawn = ?",
        args: [this.#time.now, drawn],
      });
    }
    return { sql: phrased, args };
  }
}
