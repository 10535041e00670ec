/**
 * A database may go back in time while it is used: a copy is restored, a replica is promoted, a server loses what it had
 * not synced. The positions given out since then name other messages, or none. Each cursor holds the epoch, and a new
 * epoch tells clients that their cursors are void.
 */

import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "./installation.ts";
import type { Write } from "./result.ts";

/** Whether `found` may be a later state of `known`: none of these numbers ever decreases. */
export function isSequel(known: Installation, found: Installation): boolean {
  return (
    found.epoch === known.epoch &&
    found.position >= known.position &&
    found.directoryVersion >= known.directoryVersion &&
    found.prunedThrough >= known.prunedThrough &&
    found.deletions >= known.deletions
  );
}

/** Draws a new epoch: from then on no earlier cursor is accepted. */
export const NEW_EPOCH = "UPDATE installation SET epoch = lower(hex(randomblob(4))) WHERE id = 1";

/**
 * Gives the database a new epoch if it is behind what is `known`, and resolves to the installation as it then is. A
 * transaction that writes, so that it reaches the primary: reads may come from a replica that lags. It compares before it
 * sets: of several processes that notice, one changes the epoch, and the others find it changed. `isProven`: the database
 * is known to have gone back, although its numbers may have caught up since.
 */
export async function changeEpoch(
  write: Write,
  known: Installation,
  isProven: boolean,
): Promise<Installation> {
  const { epoch, position, directoryVersion, prunedThrough, deletions } = known;
  const [, found] = await write([
    {
      sql: `UPDATE installation SET epoch = lower(hex(randomblob(4)))
        WHERE id = 1 AND epoch = ? AND (? OR directory_version < ? OR pruned_through < ? OR deletions < ?
          OR coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0) < ?)`,
      args: [epoch, isProven ? 1 : 0, directoryVersion, prunedThrough, deletions, position],
    },
    `SELECT ${INSTALLATION_COLUMNS} FROM installation WHERE id = 1`,
  ]);
  return toInstallation(found?.rows[0]);
}
