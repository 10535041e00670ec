/** `inlet database backup`, `restore` and `new-epoch`. */
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig } from "../config/config.ts";
import { audited } from "../database/audit.ts";
import { backUp } from "../database/copy/backup.ts";
import { restore } from "../database/copy/restore.ts";
import { unusable } from "../database/diagnosis.ts";
import { NEW_EPOCH } from "../database/epoch.ts";
import { formatCursor } from "../values/cursor.ts";
import { currentActor } from "./actor.ts";
import { aPath } from "./arguments.ts";
import { addCheckCommand } from "./check.ts";
import { addCommand } from "./command.ts";
import { withDatabase } from "./database.ts";
import { escaped, note, printOne } from "./output.ts";
import { Progress } from "./progress.ts";

export function addUpkeepCommands(database: Command): void {
  addBackup(database);
  addRestore(database);
  addCheckCommand(database);
  addNewEpoch(database);
}

function addBackup(database: Command): void {
  addCommand(database, "backup", "copy the database as it is now; the service goes on meanwhile")
    .argument("<file>", "the copy, which must not exist", aPath)
    .addHelpText(
      "after",
      `
The copy is checked and synced, readable by its owner alone, and appears under its name when it is complete; until then
it is FILE.part. It has an epoch of its own: clients of a service that is started over it are told of a gap. It holds
everything but pictures, which lie beside the database.

Examples:
  inlet database backup /backups/inlet-$(date +%F).db
  inlet database backup copy.db --json`,
    )
    .action(async (file, options) => {
      const progress = new Progress();
      const copy = await withDatabase(
        (opened, config) => backUp(opened, config, file, progress.bytes).finally(() => progress.clear()),
        true,
      );
      const { bytes, messages, epoch, position } = copy;
      printOne(
        options,
        { file: copy.file, bytes, messages, epoch, cursor: formatCursor(epoch, position) },
        `${copy.file} holds ${messages} messages (${(bytes / 1_000_000).toFixed(1)} MB)`,
      );
    });
}

function addRestore(database: Command): void {
  addCommand(database, "restore", "put a copy in the database's place, while the service is stopped")
    .argument("<file>", "the copy, which is only read", aPath)
    .addHelpText(
      "after",
      `
The copy is checked first. What was there is kept beside it as NAME.replaced-TIME; remove that when all is well. Clients
are told of a gap and go on. What was deleted or erased since the copy was made is back: do it again. Keys that were
revoked since stay revoked, and the audit trail goes on, where the replaced database can be read; else see to both. With
TELNYX_API_KEY the service then asks Telnyx for the texts since the copy.

Examples:
  inlet database restore /backups/inlet-2026-11-30.db
  inlet database restore copy.db --database /var/lib/inlet/inlet.db`,
    )
    .action(async (file, options) => {
      const progress = new Progress();
      const config = readDatabaseConfig();
      const how = { actor: currentActor(), now: new Date(), onProgress: progress.bytes };
      const result = await restore(config, file, how)
        .catch((error) => Promise.reject(unusable(config, error)))
        .finally(() => progress.clear());
      for (const { check, finding } of result.findings) note(escaped(`note: ${check}: ${finding}`));
      const { replaced, messages, epoch, position } = result;
      printOne(
        options,
        {
          database: result.database,
          replaced,
          messages,
          revoked: result.revoked,
          epoch,
          cursor: formatCursor(epoch, position),
        },
        `${result.database} holds ${messages} messages now; ${
          replaced === null ? "there was none before" : `what it replaces is kept as ${replaced}`
        }. What was deleted or erased since the copy was made is back; keys that were revoked since stay so (${result.revoked})`,
      );
    });
}

function addNewEpoch(database: Command): void {
  addCommand(database, "new-epoch", "make every cursor of before invalid: clients are told of a gap")
    .addHelpText(
      "after",
      `
For a database that went back without Inlet's knowledge: a server's snapshot, a promoted replica, a file that was copied
by hand. Stop nothing: running services follow within seconds.

Examples:
  inlet database new-epoch
  inlet database new-epoch --json`,
    )
    .action(async (options) => {
      const { before, after } = await withDatabase(async (opened) => {
        const before = await opened.installation();
        await opened.write([NEW_EPOCH, ...audited(opened, "database.new-epoch", { was: before.epoch })]);
        return { before, after: await opened.installation() };
      }, true);
      printOne(
        options,
        { epoch: after.epoch, was: before.epoch, cursor: formatCursor(after.epoch, after.position) },
        `the epoch is ${after.epoch} now, and was ${before.epoch}`,
      );
    });
}
