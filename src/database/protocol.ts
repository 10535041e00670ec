/** What the serving thread and the threads that work for it say to each other. */

import type { FlatResult, Statement } from "./result.ts";
import type { DatabaseConfig } from "./url.ts";

/** One thread writes. Others read what may take long: what is listed does not wait for what is searched. */
export type Role = "writing" | "listing" | "searching";

/** The first thing a thread is told. */
export interface Task {
  readonly role: Role;
  readonly config: DatabaseConfig;
}

export interface WriteRequest {
  readonly id: number;
  /** In one transaction; or the log is moved, of which only the writing thread is asked. */
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

/** The last thing a thread is told; it says the same when its connection is closed. */
export const CLOSE = "close";
