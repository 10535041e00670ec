/**
 * A database may go back under those who use it: a restored copy, a replica that was promoted, a server that lost what
 * it had not synced. The positions given out since then name other messages, or none. The epoch in each cursor says so
 * to clients, once it is another.
 */

import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "./installation.ts";
import type { Write } from "./result.ts";

/** Whether what was found may come after what was known: none of these numbers ever becomes less. */
export function isSequel(known: Installation, found: Installation): boolean {
  return (
    found.epoch === known.epoch &&
    found.position >= known.position &&
    found.directoryVersion >= known.directoryVersion &&
    found.prunedThrough >= known.prunedThrough &&
    found.deletions >= known.deletions
  );
}

/** Draws another epoch: from then on no cursor of before is believed. */
export const NEW_EPOCH = "UPDATE installation SET epoch = lower(hex(randomblob(4))) WHERE id = 1";

/**
 * Gives the database another epoch if it went back behind what is known, and resolves to the installation as it then is.
 * One transaction that writes, so that it is the primary that is asked, where reads may come from a replica that lags;
 * and compare-and-set: of several processes that notice one does it, and the others find it done. `isProven`: that it
 * went back is known already, although it may have caught up in number since.
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
