/** `inlet messages`: what is stored, for the operator. */
import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { Announcement } from "../cluster/answering.ts";
import { readPictureView } from "../config/config.ts";
import { requireAccount } from "../directory/accounts.ts";
import { CommandError, UsageError } from "../errors.ts";
import { View } from "../media/view.ts";
import { claimMessages } from "../messages/claim.ts";
import { deleteMessage } from "../messages/delete.ts";
import { findMessage, listMessages } from "../messages/list.ts";
import { parseSearch, type Search } from "../search/query.ts";
import { aLimit, aMessageId, aNumber, anIdOrName, aSender, aTime, someNumbers } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { agree } from "./confirm.ts";
import { withDatabase } from "./database.ts";
import { addEraseCommand } from "./erase.ts";
import { addExportCommand } from "./export.ts";
import { accountId, messageIdOf } from "./named.ts";
import { isoTime, printFields, printList, printOne } from "./output.ts";
import { askServing } from "./serving.ts";
import { shownMessage } from "./shownmessage.ts";

const DEFAULT_LIMIT = 50;
/** More is no search that somebody types. */
const MAX_SEARCH = 500;

export function addMessagesCommands(program: Command): void {
  const messages = group(program, "messages", "stored messages");

  addCommand(messages, "list", "show the newest messages")
    .option("--account <id>", "only this account's, by id or name", anIdOrName)
    .option("--to <number>", "only to this number, repeatable", someNumbers)
    .option("--from <number>", "only of this sender", aSender)
    .option("--search <words>", "only with these words; * stands for the rest of one", aSearch)
    .option("--unrouted", "only those whose recipient was unknown or inactive")
    .option(
      "--since <time>",
      "only those stored since then: an ISO 8601 time, or a duration such as 2h",
      aTime,
    )
    .option("--until <time>", "only those stored before: as --since", aTime)
    .option("--limit <n>", "at most this many", aLimit, DEFAULT_LIMIT)
    .addHelpText(
      "after",
      `
Examples:
  inlet messages list
  inlet messages list --since 2h --account Support --to +14155559999
  inlet messages list --search "your code" --from +14155551234
  inlet messages list --unrouted
  inlet messages list --limit 1 --json`,
    )
    .action(async (options) => {
      if (options.unrouted && options.account !== undefined) {
        throw new UsageError(
          "--unrouted and --account exclude each other: an unrouted message has no account",
        );
      }
      const listing = {
        to: options.to ?? null,
        from: options.from ?? null,
        search: options.search ?? null,
        storedUntil: options.until ?? null,
        unrouted: options.unrouted ?? false,
        storedSince: options.since ?? null,
        limit: options.limit,
      };
      const rows = await withDatabase(async (database) => {
        const account = options.account === undefined ? null : await accountId(database, options.account);
        if (account !== null) await requireAccount(database, account);
        const { epoch, position } = await database.installation();
        const { show } = new View(readPictureView());
        return (await listMessages(database.read, { ...listing, accountId: account }, position)).map(
          (stored) => shownMessage(epoch, stored, show),
        );
      });
      printList(
        options,
        rows,
        [
          "message_id",
          "account_id",
          "from",
          "to",
          "received_at",
          ...(rows.some(({ subject }) => subject) ? ["subject" as const] : []),
          "body",
        ],
        "no such messages",
      );
    });

  addCommand(messages, "show", "show one message, whole, and when it went to how many streams")
    .argument("<id>", "the message's id, or its beginning", aMessageId)
    .addHelpText(
      "after",
      `
Examples:
  inlet messages show msg_0123456789
  inlet messages show msg_0123456789 --json | jq -r .body`,
    )
    .action(async (id, options) => {
      const message = await withDatabase(async (database, config) => {
        const stored = await findMessage(database.read, await messageIdOf(database, id));
        if (!stored)
          throw new CommandError(`message ${id} not found; inlet messages list shows stored messages`);
        const answers = await askServing(database, config, { kind: "message", about: { seq: stored.seq } });
        const way = announced(answers.map(({ body }) => body as Announcement | null));
        const show = await new View(readPictureView()).described(database.read, [stored.message]);
        return { ...shownMessage((await database.installation()).epoch, stored, show), ...way };
      });
      printFields(options, message);
    });

  addCommand(
    messages,
    "delete",
    "delete a message for good; Telnyx's late copies of it stay away for 30 days",
  )
    .argument("<id>", "the message's id, or its beginning", aMessageId)
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  inlet messages delete msg_0123456789
  inlet messages delete msg_0123456789 --yes`,
    )
    .action(async (beginning, options) => {
      const id = await withDatabase(async (database) => {
        const id = await messageIdOf(database, beginning);
        const stored = await findMessage(database.read, id);
        if (stored) {
          const { from, to, received_at } = stored.message;
          agree(options.yes, `this deletes the message of ${from} to ${to}, ${received_at}, for good`);
        }
        await deleteMessage(database, id, Date.now());
        return id;
      });
      printOne(options, { message_id: id, deleted: true }, `deleted ${id}`);
    });

  addCommand(messages, "claim", "hand unrouted messages over to an account, which gets them streamed now")
    .requiredOption("--to <number>", "the recipient they were sent to", aNumber)
    .requiredOption("--account <id>", "who gets them: an id or a name", anIdOrName)
    .option("--force", "also those that came while another account owned the number")
    .addHelpText(
      "after",
      `
Examples:
  inlet messages claim --to +14155559999 --account 1
  inlet messages claim --to +14155559999 --account 1 --force`,
    )
    .action(async (options) => {
      const { to, force } = options;
      const { result, account } = await withDatabase(async (database) => {
        const account = await accountId(database, options.account);
        return { account, result: await claimMessages(database, to, account, force ?? false) };
      });
      const rest =
        result.skipped > 0
          ? `; ${result.skipped} came while another account owned ${to}, and go only to that account, or with --force`
          : "";
      printOne(options, result, `handed ${result.claimed} messages to account ${account}${rest}`);
    });

  addExportCommand(messages);
  addEraseCommand(messages);
}

/** As far as the processes that serve still hold it in memory: the first of them, and the streams of all. */
function announced(answers: readonly (Announcement | null)[]) {
  const known = answers.filter((answer) => answer !== null);
  if (known.length === 0) return { announced_at: null, streams: null };
  return {
    announced_at: isoTime(Math.min(...known.map(({ announced_at }) => announced_at))),
    streams: known.reduce((sum, { streams }) => sum + streams, 0),
  };
}

/** Words that are looked for. */
function aSearch(text: string): Search {
  const search = text.length > MAX_SEARCH ? null : parseSearch(text);
  if (search) return search;
  throw new InvalidArgumentError(`It must hold a word to look for, in at most ${MAX_SEARCH} characters.`);
}
