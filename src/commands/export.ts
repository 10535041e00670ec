/** `inlet messages export`: everything as JSON lines, in order, to be gone on with later. */
import type { Command } from "@commander-js/extra-typings";
import { readPictureView } from "../config/config.ts";
import type { Database } from "../database/open.ts";
import { requireAccount } from "../directory/accounts.ts";
import { CommandError } from "../errors.ts";
import { View } from "../media/view.ts";
import { exportMessages } from "../messages/export.ts";
import { positionBefore } from "../messages/position.ts";
import { type Cursor, formatCursor } from "../values/cursor.ts";
import { aCursor, anIdOrName, aSender, aTime, someNumbers } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { withDatabase } from "./database.ts";
import { accountId, type Named } from "./named.ts";
import { note, printJson } from "./output.ts";
import { Progress } from "./progress.ts";
import { shownMessage } from "./shownmessage.ts";

interface Wanted {
  readonly after?: Cursor | undefined;
  readonly since?: number | undefined;
  readonly to?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly account?: Named | undefined;
}

export function addExportCommand(messages: Command): void {
  addCommand(messages, "export", "print messages as JSON lines, oldest first")
    .option("--after <cursor>", "only what comes after it: the cursor of an earlier export", aCursor)
    .option(
      "--since <time>",
      "only those stored since then: an ISO 8601 time, or a duration such as 2h",
      aTime,
    )
    .option("--to <number>", "only to this number; may be repeated", someNumbers)
    .option("--from <number>", "only of this sender", aSender)
    .option("--account <id>", "only this account's, by id or name", anIdOrName)
    .addHelpText(
      "after",
      `
One JSON object on each line, with or without --json: a message as messages show --json prints it, with account_id (null
while it is unrouted), cursor and stored_at. What is stored while it runs is not in it. Standard error says at the end
with which cursor the next export goes on; the cursor of the last line that you have does as well.

Examples:
  inlet messages export > all.jsonl
  inlet messages export --after 3f9ab2c1-1041 >> all.jsonl
  inlet messages export --from +14155551234        what there is of one phone number`,
    )
    .action(async (options) => {
      if (options.after && options.since !== undefined)
        note("note: --since is looked at as well as --after; the later of both counts");
      await withDatabase((database) => exportAll(database, options), true);
    });
}

async function exportAll(database: Database, wanted: Wanted): Promise<void> {
  const { read } = database;
  const account = wanted.account === undefined ? null : await accountId(database, wanted.account);
  if (account !== null) await requireAccount(database, account);
  const installation = await database.installation();
  const { epoch, position } = installation;
  const after = Math.max(
    startOf(wanted.after, installation),
    wanted.since === undefined ? 0 : await positionBefore(read, wanted.since, position),
  );
  const filter = { accountId: account, to: wanted.to ?? null, from: wanted.from ?? null };
  const { show } = new View(readPictureView());
  const progress = new Progress();
  let count = 0;
  try {
    for await (const { messages, through } of exportMessages(read, filter, after, position)) {
      for (const message of messages) printJson(shownMessage(epoch, message, show));
      count += messages.length;
      const percent = Math.floor(((through - after) / Math.max(1, position - after)) * 100);
      progress.show(`exporting: ${percent} %, ${count} messages`);
    }
  } finally {
    progress.clear();
  }
  note(`exported ${count} messages; go on with --after ${formatCursor(epoch, position)}`);
}

/** Throws {@link CommandError} for a cursor behind which nobody knows what comes. */
function startOf(
  cursor: Cursor | undefined,
  { epoch, position, prunedThrough }: { epoch: string; position: number; prunedThrough: number },
): number {
  if (cursor === undefined) return 0;
  const shown = formatCursor(cursor.epoch, cursor.seq);
  if (cursor.epoch !== epoch || cursor.seq > position)
    throw new CommandError(
      `--after ${shown} is not of this database as it is now (its newest is ${formatCursor(epoch, position)}): it was restored, or is another. Export anew, and tell copies apart by message_id`,
    );
  if (cursor.seq < prunedThrough)
    note(`note: retention has removed messages after ${shown}, which are not in this export`);
  return cursor.seq;
}
