/**
 * What every process over the database knows, for a command that asks: the question is a row, which each sees at its next
 * look, and answers by another row. While nobody asks there is nothing to write, to read or to keep up to date, and of a
 * process that died there is nothing left that could be wrong.
 */
import { hostname } from "node:os";
import type { Database } from "../database/open.ts";
import type { Value } from "../database/result.ts";
import { ApiError } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";

export interface Question {
  readonly kind: "streams" | "message";
  /** What is asked about, as JSON. */
  readonly about: unknown;
}

export interface Answered {
  /** `<machine>/<process id>`. */
  readonly process: string;
  readonly body: unknown;
}

/** A question that is older was given up by whoever asked. */
const MAX_AGE_MS = 10_000;
/** Answered at once; a process that was away for long leaves out the others. */
const MAX_QUESTIONS = 10;
/** How long answers are gathered: a look comes after 100 ms, of a remote database after a second at most, and then a write. */
const GATHER_LOCAL_MS = 500;
const GATHER_REMOTE_MS = 2_000;

const DATABASE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const unanswered = new ThrottledLog("a command's question could not be answered");

/** The half of a process that serves. */
export class Rollcall {
  readonly #database: Pick<Database, "read" | "write">;
  readonly #answer: (question: Question) => unknown;
  readonly #process = `${hostname()}/${process.pid}`;
  /** Answered, or asked before this process was there. */
  #seen: number;

  constructor(
    database: Pick<Database, "read" | "write">,
    seen: number,
    answer: (question: Question) => unknown,
  ) {
    this.#database = database;
    this.#seen = seen;
    this.#answer = answer;
  }

  /** `newest`: the latest question that there is. Says in the log what goes wrong. */
  async hear(newest: number): Promise<void> {
    const after = newest < this.#seen ? 0 : this.#seen;
    this.#seen = newest;
    if (newest === after) return;
    try {
      const { rows } = await this.#database.read({
        sql: `SELECT id, kind, about FROM questions WHERE id > ? AND asked_at > ${DATABASE_NOW} - ${MAX_AGE_MS}
          ORDER BY id LIMIT ${MAX_QUESTIONS}`,
        args: [after],
      });
      for (const { id, kind, about } of rows) await this.#say(Number(id), String(kind), String(about));
    } catch (error) {
      // A fault was said where it was found.
      if (!(error instanceof ApiError)) unanswered.count(errorFields(error));
    }
  }

  async #say(id: number, kind: string, about: string): Promise<void> {
    const body = JSON.stringify(
      this.#answer({ kind: kind as Question["kind"], about: JSON.parse(about) as unknown }) ?? null,
    );
    const args: Value[] = [id, this.#process, body, id];
    await this.#database.write([
      {
        sql: `INSERT INTO answers (question_id, process, body) SELECT ?, ?, ?
          WHERE EXISTS (SELECT 1 FROM questions WHERE id = ?) ON CONFLICT DO NOTHING`,
        args,
      },
    ]);
  }
}

/** The half of a command. What every process said in time, by its name; nothing is left of the question. */
export async function ask(
  database: Pick<Database, "read" | "write">,
  { kind, about }: Question,
  isRemote: boolean,
): Promise<Answered[]> {
  const [asked] = await database.write([
    {
      sql: `INSERT INTO questions (kind, about, asked_at) VALUES (?, ?, ${DATABASE_NOW}) RETURNING id`,
      args: [kind, JSON.stringify(about)],
    },
  ]);
  const id = Number(asked?.rows[0]?.id);
  await Bun.sleep(isRemote ? GATHER_REMOTE_MS : GATHER_LOCAL_MS);
  const { rows } = await database.read({
    sql: "SELECT process, body FROM answers WHERE question_id = ? ORDER BY process",
    args: [id],
  });
  // Those that others gave up go with it.
  const stale = `SELECT id FROM questions WHERE id = ? OR asked_at < ${DATABASE_NOW} - ${MAX_AGE_MS}`;
  await database.write([
    { sql: `DELETE FROM answers WHERE question_id IN (${stale})`, args: [id] },
    { sql: `DELETE FROM questions WHERE id IN (${stale})`, args: [id] },
  ]);
  return rows.map((row) => ({
    process: String(row.process),
    body: JSON.parse(String(row.body)) as unknown,
  }));
}
