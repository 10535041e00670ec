/** The thread that writes: it waits for the disk and for locks, so that the event loop which serves never does. */
import { causeCode } from "../errors.ts";
import { Connection, type DatabaseConfig, PATIENT } from "./connection.ts";
import { CLOSE, type WriteAnswer, type WriteRequest } from "./exchange.ts";

declare const self: Worker & {
  onmessage: (event: MessageEvent<DatabaseConfig | WriteRequest | typeof CLOSE>) => void;
};

let connection: Connection | null = null;
/** Requests are served one after the other: the end of the line. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }) => {
  if (data === CLOSE) {
    void close();
    return;
  }
  if (!("statements" in data)) {
    connection = new Connection(data, PATIENT);
    return;
  }
  last = last.then(() => serve(data));
};

/** What waits for a lock gives up, and is answered so. */
async function close(): Promise<void> {
  await connection?.close();
  await last;
  self.postMessage(CLOSE);
}

async function serve({ id, statements }: WriteRequest): Promise<void> {
  try {
    if (!connection) throw new Error("the writing thread was not told its database");
    const results = await connection.transact(statements);
    self.postMessage({ id, results } satisfies WriteAnswer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ id, failure: { message, code: causeCode(error) } } satisfies WriteAnswer);
  }
}
