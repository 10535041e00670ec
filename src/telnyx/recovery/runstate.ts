/** What a look for missed texts needs, and what it carries from slice to slice. */
import type { Database } from "../../database/open.ts";
import type { InboundMessage } from "../../message.ts";
import type { Outcome } from "../../messages/insert.ts";
import type { TelnyxClient } from "../client.ts";
import type { Ours } from "./ours.ts";
import type { Report, Unrecovered } from "./report.ts";

export interface RecoveryDeps {
  readonly database: Database;
  readonly client: TelnyxClient;
  /** Stores messages, and resolves to what became of each once they are on disk. */
  readonly store: (messages: readonly InboundMessage[]) => Promise<Outcome[]>;
  /** Keeps an event that cannot be read, as it came. */
  readonly keepUnreadable: (body: string, reason: string) => Promise<void>;
  /** `PUBLIC_URL` with the webhook's path; null when it is not set. */
  readonly webhookUrl: string | null;
  /** How long messages are kept, in ms; 0 for ever. */
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onProgress?: (report: Report) => void;
}

export interface Run extends RecoveryDeps {
  readonly report: Report;
  readonly ours: Ours;
  /** Older texts are left out: retention has removed them, or their tombstones may be gone. */
  readonly oldest: number;
  readonly asksAgain: boolean;
  /** What earlier runs could not fetch, by Telnyx's id. */
  readonly lost: ReadonlyMap<string, Unrecovered>;
  /** The ones of those that are stored by now. */
  readonly found: string[];
  /** Texts that were counted: both lists may have the same text. */
  readonly foreign: Set<string>;
}
