/** What a look for missed texts works with, and what it has in its hands from slice to slice. */
import type { Database } from "../../database/open.ts";
import type { InboundMessage } from "../../message.ts";
import type { Outcome } from "../../messages/insert.ts";
import type { TelnyxClient } from "../client.ts";
import type { Ours } from "./ours.ts";
import type { Report, Unrecovered } from "./report.ts";

export interface RecoveryDeps {
  readonly database: Database;
  readonly client: TelnyxClient;
  /** What became of each, once they are on disk. */
  readonly store: (messages: readonly InboundMessage[]) => Promise<Outcome[]>;
  /** Keeps what cannot be read as it came. */
  readonly keepUnreadable: (body: string, reason: string) => Promise<void>;
  /** `PUBLIC_URL` and the webhook's path; null where nobody said. */
  readonly webhookUrl: string | null;
  /** 0 keeps for ever. */
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onProgress?: (report: Report) => void;
}

export interface Run extends RecoveryDeps {
  readonly report: Report;
  readonly ours: Ours;
  /** Not before: retention removed it, or a tombstone of it may be gone. */
  readonly oldest: number;
  readonly asksAgain: boolean;
  /** Of earlier runs, by Telnyx's id. */
  readonly lost: ReadonlyMap<string, Unrecovered>;
  /** Of those, what is here by now. */
  readonly found: string[];
  /** Counted once, though both lists have them. */
  readonly foreign: Set<string>;
}
