/**
 * A database behind a server, through a Hrana stream that is kept open. `@libsql/client` opens a stream for each call,
 * and the server a connection for each stream, which makes a small read three times as expensive for it. Requests that
 * come while one is under way are sent together in the next one.
 */
import type { Batch, BatchStep, HttpClient, HttpStream, RowsResult } from "@libsql/hrana-client";
import { errorCode } from "../errors.ts";
import type { FlatResult, Statement } from "./result.ts";

type Hrana = typeof import("@libsql/hrana-client");

/** A server forgets a stream that is silent for ten seconds. */
const MAX_SILENCE_MS = 5_000;

/** An error of the server, or of the way to it. */
export class RemoteError extends Error {
  override readonly name = "LibsqlError";
  /** SQLite's own, such as `SQLITE_CONSTRAINT`; else `SERVER_BUSY`, `SERVER_ERROR`, or the network's. */
  readonly code: string;
  /** Of HTTP; null where there is none. */
  readonly status: number | null;

  constructor(code: string, status: number | null, cause: Error) {
    super(cause.message, { cause });
    this.code = code;
    this.status = status;
  }
}

export class KeptEngine {
  readonly #hrana: Hrana;
  readonly #client: HttpClient;
  /** The stream that is kept; replaced after an error, and after a silence. */
  #stream: HttpStream | null = null;
  /** When the stream was last used, in ms of the monotonic clock. */
  #usedAt = 0;

  constructor(hrana: Hrana, client: HttpClient) {
    this.#hrana = hrana;
    this.#client = client;
  }

  /** For statements that only read: they may be repeated when their outcome is unknown. */
  execute(statement: Statement): Promise<FlatResult> {
    return this.#query(statement, () => true);
  }

  /** In one transaction, and one round trip. A single statement is one by itself. */
  async transact(statements: readonly Statement[]): Promise<FlatResult[]> {
    const [only] = statements;
    if (only !== undefined && statements.length === 1) return [await this.#query(only, isRefused)];
    return this.#run((stream) => this.#transaction(stream.batch(), statements), isRefused);
  }

  close(): void {
    this.#stream?.closeGracefully();
    this.#stream = null;
  }

  #query(statement: Statement, mayRepeat: (fault: unknown) => boolean): Promise<FlatResult> {
    return this.#run(async (stream) => flat(await stream.query(this.#statement(statement))), mayRepeat);
  }

  async #transaction(batch: Batch, statements: readonly Statement[]): Promise<FlatResult[]> {
    const { BatchCond } = this.#hrana;
    const begin = batch.step();
    const steps = [begin.run("BEGIN IMMEDIATE")] as Promise<unknown>[];
    let last: BatchStep = begin;
    const answers: Promise<RowsResult | undefined>[] = [];
    for (const statement of statements) {
      const step = batch.step().condition(BatchCond.ok(last));
      answers.push(step.query(this.#statement(statement)));
      last = step;
    }
    const commit = batch.step().condition(BatchCond.ok(last));
    steps.push(commit.run("COMMIT"));
    const rollback = batch.step().condition(BatchCond.not(BatchCond.ok(commit)));
    // A transaction that never began needs no rollback.
    const taken = rollback.run("ROLLBACK").catch(() => undefined);
    const all = Promise.all([...steps, ...answers]);
    all.catch(() => undefined);
    await batch.execute();
    await Promise.all([all, taken]);
    return Promise.all(
      answers.map(async (answer) => {
        const result = await answer;
        if (!result) throw new Error("the server left out a statement");
        return flat(result);
      }),
    );
  }

  /**
   * A server that was started again has forgotten the stream that we kept: then the work is done once more, on a new
   * one.
   */
  async #run<T>(
    work: (stream: HttpStream) => Promise<T>,
    mayRepeat: (fault: unknown) => boolean,
  ): Promise<T> {
    const now = performance.now();
    if (now - this.#usedAt > MAX_SILENCE_MS) this.close();
    const kept = this.#stream;
    try {
      return await this.#try(work);
    } catch (fault) {
      if (kept === null || this.#stream === kept || !mayRepeat(fault)) throw fault;
      return this.#try(work);
    }
  }

  async #try<T>(work: (stream: HttpStream) => Promise<T>): Promise<T> {
    this.#stream ??= this.#client.openStream();
    const stream = this.#stream;
    this.#usedAt = performance.now();
    try {
      return await work(stream);
    } catch (error) {
      const fault = this.#fault(error);
      // Only the error of a statement leaves the stream intact.
      if (!(error instanceof this.#hrana.ResponseError) || isBroken(fault)) {
        if (this.#stream === stream) this.#stream = null;
        stream.close();
      }
      throw fault;
    } finally {
      this.#usedAt = performance.now();
    }
  }

  #fault(error: unknown): unknown {
    const { ClientError, ClosedError, HttpServerError, ResponseError } = this.#hrana;
    // The stream was closed by the failure of another request on it.
    if (error instanceof ClosedError && error.cause instanceof Error) return this.#fault(error.cause);
    if (error instanceof ResponseError) return new RemoteError(error.code ?? "SERVER_ERROR", null, error);
    if (error instanceof HttpServerError)
      return new RemoteError(error.status === 429 ? "SERVER_BUSY" : "SERVER_ERROR", error.status, error);
    if (error instanceof ClientError) return new RemoteError("SERVER_ERROR", null, error);
    return error;
  }

  #statement(statement: Statement) {
    if (typeof statement === "string") return new this.#hrana.Stmt(statement);
    const { Stmt } = this.#hrana;
    return new Stmt(statement.sql).bindIndexes(statement.args);
  }
}

/** Whether the server refused the request, and so did nothing of it. */
function isRefused(fault: unknown): boolean {
  const status = fault instanceof RemoteError ? fault.status : null;
  return status !== null && status >= 400 && status < 500;
}

/** Whether it is an error of the stream, and not of a statement. */
function isBroken(error: unknown): boolean {
  return !/^SQL/.test(errorCode(error) ?? "");
}

function flat({ columnNames, rows, affectedRowCount }: RowsResult): FlatResult {
  const columns = columnNames.map((name) => name ?? "");
  const values = rows.flatMap((row) => columns.map((_, i) => row[i] ?? null));
  return { columns, values, rowsAffected: affectedRowCount };
}
