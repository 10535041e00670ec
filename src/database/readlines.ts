/** The queues in which a service's longer reads wait, and the threads or connections that carry them out. */
import { Connection } from "./connection.ts";
import { ReadQueue } from "./readqueue.ts";
import type { Read } from "./result.ts";
import { PATIENT } from "./roles.ts";
import { DatabaseThread } from "./thread.ts";
import type { DatabaseConfig } from "./url.ts";

/** For reads on behalf of others that may take milliseconds: in the service they delay nobody but each other. */
export interface ReadLines {
  /** What an index finds in the order in which it is asked for: a millisecond or two. */
  readonly listing: ReadQueue;
  /** What the full-text index finds: up to a quarter of a second, so that one account has one at a time. */
  readonly searching: ReadQueue;
}

export interface Readers {
  readonly lines: ReadLines;
  readonly close: () => Promise<unknown>;
  /** How often a read was tried again, because another transaction was in the way. */
  readonly retries: () => number;
}

/** The listing thread is given its next statement while it runs one: this thread may be busy when that ends. */
const LISTINGS_AT_ONCE = 2;
/** How many statements of one queue are on their way to a server. */
const REMOTE_AT_ONCE = 8;

/** For a file: threads of this process. */
export function localLines(config: DatabaseConfig, noteError: (error: unknown) => void): Readers {
  const listing = new DatabaseThread(config, "listing", noteError);
  const searching = [0, 1].map(() => new DatabaseThread(config, "searching", noteError));
  const threads = [listing, ...searching];
  return {
    lines: {
      listing: new ReadQueue(listing.read, LISTINGS_AT_ONCE),
      searching: new ReadQueue(idleOf(searching), searching.length, 1),
    },
    close: () => Promise.all(threads.map((thread) => thread.close())),
    retries: () => threads.reduce((sum, { retries }) => sum + retries, 0),
  };
}

/** For a remote database, which works on its own machine: nothing waits here. */
export function remoteLines(config: DatabaseConfig): Readers {
  const connection = new Connection(config, PATIENT);
  return {
    lines: {
      listing: new ReadQueue(connection.read, REMOTE_AT_ONCE),
      searching: new ReadQueue(connection.read, REMOTE_AT_ONCE, 1),
    },
    close: () => connection.close(),
    retries: () => connection.retries,
  };
}

/** Gives each statement to the first idle thread: the second one starts when two accounts search at once. */
function idleOf(threads: readonly DatabaseThread[]): Read {
  const busy = new Set<DatabaseThread>();
  return async (statement) => {
    const thread = threads.find((each) => !busy.has(each));
    if (!thread) throw new Error("more statements than threads");
    busy.add(thread);
    try {
      return await thread.read(statement);
    } finally {
      busy.delete(thread);
    }
  };
}
