/** `message.received` events that we could not read are kept as they came, so that no text is lost for our fault. */
import { createHash } from "node:crypto";
import type { Statement, Write } from "../database/result.ts";
import { unavailable } from "../errors.ts";
import { wellFormed } from "../message.ts";
import { DATABASE_NOW } from "../messages/insert.ts";

/** The oldest make room: for a flood of them, and for large ones, of which each may have the webhook's 1 MiB. */
const MAX_KEPT = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Beyond this the disk is not keeping up, and Telnyx is told to come back. */
const MAX_WAITING = 50;

export class UnreadableEvents {
  readonly #write: Write;
  #waiting = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Telnyx's retries of the same body are kept once. Throws the fault `unavailable` when too many wait or it cannot be stored. */
  async keep(body: string, reason: string): Promise<void> {
    if (this.#waiting >= MAX_WAITING) {
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
      // A look at a thousand rows, not at their bodies: a millisecond of the writer's time.
      sql: `DELETE FROM unreadable_events WHERE id <= (
        SELECT id FROM (
          SELECT id, row_number() OVER newest_first AS place, sum(bytes) OVER newest_first AS bytes
          FROM (SELECT id, octet_length(body) AS bytes FROM unreadable_events)
          WINDOW newest_first AS (ORDER BY id DESC))
        WHERE place > ? OR bytes > ? ORDER BY id DESC LIMIT 1)`,
      args: [MAX_KEPT, MAX_BYTES],
    },
  ];
}
