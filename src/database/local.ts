/**
 * A database file through libSQL's own engine, which keeps the statements that it has run prepared. `@libsql/client`
 * prepares each anew, BEGIN and COMMIT too, which is more than half of the cost of a small commit.
 */
import type Libsql from "libsql";
import type { FlatResult, Statement, Value } from "./result.ts";

/** The service has some fifty; those of replays differ by how many accounts a key sees. */
const MAX_PREPARED = 100;

interface Prepared {
  readonly statement: Libsql.Statement<unknown[]>;
  /** Empty for a statement that returns no rows. */
  readonly columns: readonly string[];
}

export class LocalEngine {
  readonly #database: Libsql.Database;
  /** The least recently used one comes first. */
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: Libsql.Database) {
    this.#database = database;
  }

  execute(statement: Statement): FlatResult {
    if (!this.#database.open) throw new Error("the database was closed under its user");
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
    const prepared = this.#prepare(sql);
    const { columns } = prepared;
    if (columns.length === 0) {
      return { columns, values: [], rowsAffected: prepared.statement.run(args).changes };
    }
    // All rows are read: a statement that is not at its end keeps its snapshot, and its lock.
    const rows = prepared.statement.all(args) as Value[][];
    return { columns, values: rows.length === 1 ? (rows[0] ?? []) : rows.flat(), rowsAffected: 0 };
  }

  /** In one transaction. A single statement is one by itself. */
  transact(statements: readonly Statement[]): FlatResult[] {
    const [only] = statements;
    if (only !== undefined && statements.length === 1) return [this.execute(only)];
    this.execute("BEGIN IMMEDIATE");
    const results = statements.map((statement) => this.execute(statement));
    this.execute("COMMIT");
    return results;
  }

  /** Rolls back first: the engine keeps its locks for as long as one of its statements lives. */
  close(): void {
    this.#prepared.clear();
    if (!this.#database.open) return; // a call to a closed database aborts the process
    try {
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
    } finally {
      this.#database.close();
    }
  }

  #prepare(sql: string): Prepared {
    const prepared = this.#prepared.get(sql) ?? prepare(this.#database, sql);
    this.#prepared.delete(sql);
    this.#prepared.set(sql, prepared);
    const oldest = this.#prepared.size > MAX_PREPARED ? this.#prepared.keys().next().value : undefined;
    if (oldest !== undefined) this.#prepared.delete(oldest);
    return prepared;
  }
}

function prepare(database: Libsql.Database, sql: string): Prepared {
  const statement = database.prepare(sql);
  const columns = statement.columns().map(({ name }) => name);
  return { statement: columns.length > 0 ? statement.raw(true) : statement, columns };
}

/** Throws an error when it is another engine. */
export function local(engine: object): LocalEngine {
  if (engine instanceof LocalEngine) return engine;
  throw new Error("a remote database keeps its log itself");
}
