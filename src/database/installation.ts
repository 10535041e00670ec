/** The state of the database as a whole: its epoch, the version of its directory, how far it was pruned. */
import type { Read, Row, Statement } from "./result.ts";

export interface Installation {
  readonly epoch: string;
  readonly directoryVersion: number;
  readonly prunedThrough: number;
  /** Whether some accounts' messages are kept for another time (src/messages/kept.ts). */
  readonly hasRetentions?: boolean;
  /** How many times somebody deleted a message. */
  readonly deletions: number;
  /** The newest position that any commit ever reached, whether or not its message is still there. */
  readonly position: number;
  /** The newest question that a command has asked all processes (cluster/rollcall.ts). */
  readonly question: number;
}

// A conflict uses up a seq and a deletion empties the end, so the newest position is AUTOINCREMENT's own
// counter and not the highest seq present. It is transactional like any row.
export const INSTALLATION_COLUMNS = `epoch, directory_version, pruned_through, deletions,
  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0) AS position,
  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'questions'), 0) AS question,
  EXISTS (SELECT 1 FROM retentions) AS has_retentions`;

export async function readInstallation(read: Read): Promise<Installation> {
  const { rows } = await read(`SELECT ${INSTALLATION_COLUMNS} FROM installation WHERE id = 1`);
  return toInstallation(rows[0]);
}

/** Reads a row that has the {@link INSTALLATION_COLUMNS}. */
export function toInstallation(row: Row | undefined): Installation {
  if (!row) throw new Error("the database has no installation row");
  return {
    epoch: String(row.epoch),
    directoryVersion: Number(row.directory_version),
    prunedThrough: Number(row.pruned_through),
    hasRetentions: Number(row.has_retentions) === 1,
    deletions: Number(row.deletions),
    position: Number(row.position),
    question: Number(row.question),
  };
}

/** Part of every transaction that changes accounts, members, numbers or keys. */
export const BUMP_DIRECTORY: Statement =
  "UPDATE installation SET directory_version = directory_version + 1 WHERE id = 1";
