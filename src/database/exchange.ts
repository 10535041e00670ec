/** What the serving thread and the writing thread say to each other. */
import type { Statement } from "./connection.ts";
import type { FlatResult } from "./result.ts";

export interface WriteRequest {
  readonly id: number;
  readonly statements: Statement[];
}

export type WriteAnswer =
  | { readonly id: number; readonly results: FlatResult[] }
  | {
      readonly id: number;
      readonly failure: { readonly message: string; readonly code: string | undefined };
    };

/** The last thing the writing thread is told; it says the same when its connection is closed. */
export const CLOSE = "close";
