/**
 * Full-text search over messages in memory, by SQLite's own FTS5 in a table like the stored one: what it finds is
 * what the stored index would find.
 */
import { Database as Sqlite } from "bun:sqlite";
import type { Read } from "../database/connection.ts";
import type { Search } from "./search.ts";

export class Matcher {
  readonly #sqlite = new Sqlite(":memory:");

  /** `createTable` is the statement that made the stored index. */
  constructor(createTable: string) {
    this.#sqlite.run(createTable);
  }

  /** Asks, for as long as `work` takes, which of the texts a search finds: their indices, ascending. */
  over<T>(texts: readonly string[], work: (find: (search: Search) => number[]) => T): T {
    this.#sqlite.run("BEGIN");
    try {
      const insert = this.#sqlite.query("INSERT INTO messages_search (rowid, body) VALUES (?, ?)");
      for (const [i, text] of texts.entries()) insert.run(i, text);
      return work((search) => this.#find(search));
    } finally {
      // The texts never reach the index proper, so nothing grows.
      this.#sqlite.run("ROLLBACK");
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  #find({ exact }: Search): number[] {
    const find = this.#sqlite.query<{ rowid: number }, [string]>(
      "SELECT rowid FROM messages_search WHERE messages_search MATCH ? ORDER BY rowid",
    );
    return find.all(`body : (${exact})`).map(({ rowid }) => rowid);
  }
}

/** A matcher that takes words apart as the stored index does. */
export async function openMatcher(read: Read): Promise<Matcher> {
  const { rows } = await read("SELECT sql FROM sqlite_master WHERE name = 'messages_search'");
  return new Matcher(String(rows[0]?.sql));
}
