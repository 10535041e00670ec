/** The messages between the serving thread and the threads that work for it. */

import type { FlatResult, Statement } from "./result.ts";
import type { DatabaseConfig } from "./url.ts";

/** One thread writes. Others do the longer reads, so that a listing does not wait for a search. */
export type Role = "writing" | "listing" | "searching";

/** The first message to a thread. */
export interface Task {
  readonly role: Role;
  readonly config: DatabaseConfig;
}

export interface WriteRequest {
  readonly id: number;
  /** Statements for one transaction; or the order to move the log, for the writing thread only. */
  readonly statements: Statement[] | typeof CHECKPOINT;
}

export type WriteAnswer =
  | { readonly id: number; readonly results: FlatResult[]; readonly retries: number }
  | {
      readonly id: number;
      readonly failure: { readonly message: string; readonly code: string | undefined };
      /** Of the thread, so far. */
      readonly retries: number;
    };

export const CHECKPOINT = "checkpoint";

/** The last message to a thread, which answers with the same when its connection is closed. */
export const CLOSE = "close";
