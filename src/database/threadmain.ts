/** A thread that writes or reads: it waits for the disk and for locks, so that the serving event loop never does. */
import { errorCode } from "../errors.ts";
import { Connection } from "./connection.ts";
import { CHECKPOINT, CLOSE, type Role, type Task, type WriteAnswer, type WriteRequest } from "./protocol.ts";
import type { FlatResult, Statement } from "./result.ts";
import { PATIENT, WRITING } from "./roles.ts";

declare const self: Worker & {
  onmessage: (event: MessageEvent<Task | WriteRequest | typeof CLOSE>) => void;
};

let connection: Connection | null = null;
let role: Role = "writing";
/** The end of the queue: requests are served one after the other. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }) => {
  if (data === CLOSE) {
    void close();
    return;
  }
  if (!("statements" in data)) {
    connection = new Connection(data.config, data.role === "writing" ? WRITING : PATIENT);
    role = data.role;
    return;
  }
  last = last.then(() => serve(data));
};

/** Closes the connection. A statement that waits for a lock gives up, and is answered with an error. */
async function close(): Promise<void> {
  await connection?.close();
  await last;
  await connection?.release();
  self.postMessage(CLOSE);
}

async function serve({ id, statements }: WriteRequest): Promise<void> {
  try {
    if (!connection) throw new Error("the thread was not told its database");
    const results = await resultsOf(connection, statements);
    self.postMessage({ id, results, retries: retries() } satisfies WriteAnswer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const failure = { message, code: errorCode(error) };
    self.postMessage({ id, failure, retries: retries() } satisfies WriteAnswer);
  }
}

function retries(): number {
  return connection?.retries ?? 0;
}

async function resultsOf(connection: Connection, statements: WriteRequest["statements"]) {
  if (statements === CHECKPOINT) return [await connection.checkpoint()];
  return role === "writing" ? connection.transact(statements) : readEach(connection, statements);
}

async function readEach(connection: Connection, statements: readonly Statement[]): Promise<FlatResult[]> {
  const results: FlatResult[] = [];
  for (const statement of statements) results.push(await connection.fetch(statement));
  return results;
}
