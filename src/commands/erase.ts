/** `inlet messages erase`: everything of one phone number, gone. */
import type { Command } from "@commander-js/extra-typings";
import type { Database } from "../database/open.ts";
import { type DatabaseConfig, databasePath } from "../database/url.ts";
import { CommandError } from "../errors.ts";
import { countOfSender, type Erased, eraseSender } from "../messages/erase.ts";
import { aSender } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { isAgreed, requireTerminal } from "./confirm.ts";
import { withDatabase } from "./database.ts";
import { escaped, note, printOne } from "./output.ts";
import { Progress } from "./progress.ts";

const UNREACHED = [
  "copies that inlet database backup or another program has made, and what messages export has printed",
  "inlet.db-wal, the database's log, until it is written over: minutes, or the next stop of the service",
  "unused parts of inlet.db, which nothing reads and no later backup has, until they are written over",
  "Telnyx, which keeps texts and detail records by its own rules",
  "what clients have received, and what others wrote about the number in their texts",
];

export function addEraseCommand(messages: Command): void {
  addCommand(messages, "erase", "remove everything of one phone number for good")
    .requiredOption("--from <number>", "the sender", aSender)
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Removes the messages that the number sent, and with them their place in the search index; takes the number out of the
recipients (cc) of others' messages; and removes unreadable events in which it stands. For 30 days neither Telnyx's late
copies nor recovery bring them back. Running services forget them within seconds. A text that the number sends from now
on is stored as ever.

Not reached: ${UNREACHED.join("; ")}.

Examples:
  inlet messages export --from +14155551234        what there is
  inlet messages erase --from +14155551234
  inlet messages erase --from +14155551234 --yes --json`,
    )
    .action(async (options) => {
      const { from } = options;
      if (!options.yes) requireTerminal("this removes messages for good");
      const erased = await withDatabase(
        (database, config) => erase(database, config, from, options.yes ?? false),
        true,
      );
      printOne(
        options,
        { from, ...erased, not_reached: UNREACHED },
        `erased ${erased.messages} messages of ${from}; taken out of ${erased.copied} messages of others; ${erased.events} unreadable events removed`,
      );
      if (!options.json) for (const what of UNREACHED) note(escaped(`not reached: ${what}`));
    });
}

async function erase(
  database: Database,
  { url }: DatabaseConfig,
  from: string,
  isSure: boolean,
): Promise<Erased> {
  if (!isSure) {
    const count = await countOfSender(database, from);
    if (!isAgreed(`erase ${count} messages of ${from} for good?`))
      throw new CommandError("nothing was erased");
  }
  const { position } = await database.installation();
  const progress = new Progress();
  try {
    return await eraseSender(database, from, {
      now: Date.now(),
      overwrites: databasePath(url) !== null,
      onProgress: (erased, through) =>
        progress.show(
          `erasing: ${Math.min(100, Math.floor((through / Math.max(1, position)) * 100))} %, ${erased} messages`,
        ),
      onMerge: () => progress.show("taking their words out of the search index: …"),
    });
  } finally {
    progress.clear();
  }
}
