/** A database behind a server, through `@libsql/client`. */
import type { Client, ResultSet } from "@libsql/client";
import type { FlatResult, Statement } from "./result.ts";

export class RemoteEngine {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async execute(statement: Statement): Promise<FlatResult> {
    return flat(await this.#client.execute(statement));
  }

  /** In one transaction, and one round trip. */
  async transact(statements: readonly Statement[]): Promise<FlatResult[]> {
    return (await this.#client.batch([...statements], "write")).map(flat);
  }

  close(): void {
    this.#client.close();
  }
}

function flat({ columns, rows, rowsAffected }: ResultSet): FlatResult {
  const values = rows.flatMap((row) => columns.map((_, i) => row[i] ?? null));
  return { columns, values, rowsAffected };
}
