/** `message.received` events that we could not read are kept as they came, so that no text is lost for our fault. */
import { createHash } from "node:crypto";
import type { Statement, Write } from "../database/connection.ts";
import { unavailable } from "../errors.ts";
import { wellFormed } from "../message.ts";
import { DATABASE_NOW } from "../messages/insert.ts";

/** Each has at most the webhook's 1 MiB; the oldest make room. */
const MOST_KEPT = 1_000;

/** Beyond this the disk is not keeping up, and Telnyx is told to come back. */
const MOST_WAITING = 50;

export class UnreadableEvents {
  readonly #write: Write;
  #waiting = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Telnyx's retries of the same body are kept once. Throws the fault `unavailable` when too many wait or it cannot be stored. */
  async keep(body: string, reason: string): Promise<void> {
    if (this.#waiting >= MOST_WAITING) {
      throw unavailable(null, "Too many events wait to be stored.", 1);
    }
    this.#waiting++;
    try {
      await this.#write(statements(wellFormed(body), reason));
    } catch (cause) {
      throw unavailable(cause, "The message could not be stored.", 1);
    } finally {
      this.#waiting--;
    }
  }
}

function statements(body: string, reason: string): Statement[] {
  const hash = createHash("sha256").update(body).digest("hex");
  return [
    {
      sql: `INSERT INTO unreadable_events (hash, reason, body, stored_at) VALUES (?, ?, ?, ${DATABASE_NOW})
        ON CONFLICT (hash) DO NOTHING`,
      args: [hash, reason, body],
    },
    {
      sql: `DELETE FROM unreadable_events WHERE id <= (
        SELECT id FROM unreadable_events ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      args: [MOST_KEPT],
    },
  ];
}
