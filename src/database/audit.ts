/**
 * The trail of what operators change: each row is written in the transaction of its change, and only where that changed
 * something. A service has no actor, and leaves none.
 */
import type { Read, Statement } from "./result.ts";

/** Who gives a command. */
export interface Actor {
  /** Of the machine, at most {@link MAX_TEXT} characters. */
  readonly user: string;
  /** Such as `keys revoke`. */
  readonly command: string;
}

/** A name of a user or of a command is shorter, unless somebody plays. */
const MAX_TEXT = 100;

/** What is known of a change before it is made. No secrets: what is in it stays for ever. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Of the statement before: the id that it gave, or how many rows it changed. */
export type AuditOutcome = "id" | "count";

const OUTCOMES: Readonly<Record<AuditOutcome, string>> = { id: "last_insert_rowid()", count: "changes()" };

/** Stands right behind the statement that changes something, in the same transaction. */
export function audited(
  { actor }: { readonly actor?: Actor | null },
  action: string,
  details: AuditDetails,
  outcome?: AuditOutcome,
): Statement[] {
  if (!actor) return [];
  const json = outcome ? `json_set(?, '$.${outcome}', ${OUTCOMES[outcome]})` : "?";
  return [
    {
      sql: `INSERT INTO audit (at, user, command, action, details)
        SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER), ?, ?, ?, ${json} WHERE changes() > 0`,
      args: [cut(actor.user), cut(actor.command), action, JSON.stringify(details)],
    },
  ];
}

export interface AuditEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly user: string;
  readonly command: string;
  readonly action: string;
  readonly details: Record<string, unknown>;
}

/** The newest first, none of before `since` (ms since 1970). */
export async function listAudit(read: Read, since: number, limit: number): Promise<AuditEntry[]> {
  const { rows } = await read({
    sql: "SELECT id, at, user, command, action, details FROM audit WHERE at >= ? ORDER BY id DESC LIMIT ?",
    args: [since, limit],
  });
  return rows.map(({ id, at, user, command, action, details }) => ({
    id: Number(id),
    at: Number(at),
    user: String(user),
    command: String(command),
    action: String(action),
    details: JSON.parse(String(details)) as Record<string, unknown>,
  }));
}

function cut(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "?")
    .slice(0, MAX_TEXT);
}
