/** `inlet numbers`: which numbers are ours, and whose. */
import type { Command } from "@commander-js/extra-typings";
import { findAccount, requireAccount } from "../directory/accounts.ts";
import {
  addNumber,
  findNumber,
  listNumbers,
  moveNumber,
  type OwnedNumber,
  removeNumber,
  setActive,
  unknownNumber,
} from "../directory/numbers.ts";
import { aName, aNumber, anIdOrName } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { agree } from "./confirm.ts";
import { withDatabase } from "./database.ts";
import { accountId } from "./named.ts";
import { isoTime, printFields, printList, printOne } from "./output.ts";

const NONE =
  "no numbers yet; add one with inlet numbers add, or all that Telnyx has with inlet telnyx numbers sync";

export function addNumbersCommands(program: Command): void {
  const numbers = group(program, "numbers", "the phone numbers and short codes that receive messages");

  addCommand(numbers, "add", "add a number to an account")
    .argument("<number>", "E.164, or a short code", aNumber)
    .requiredOption("--account <id>", "who gets its messages: an id or a name", anIdOrName)
    .option("--label <label>", "what people call it", aName)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers add +14155559999 --account 1
  inlet numbers add 72345 --account 1 --label Votes`,
    )
    .action(async (number, options) => {
      const added = await withDatabase(async (database) => {
        const account = await accountId(database, options.account);
        return addNumber(database, number, account, options.label ?? null, Date.now());
      });
      printOne(options, shown(added), `${number} belongs to account ${added.account_id}`);
    });

  addCommand(numbers, "list", "show all numbers")

    .option("--account <id>", "only this account's, by id or name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers list
  inlet numbers list --account Support
  inlet numbers list --json | jq -r '.[] | select(.active) | .number'`,
    )
    .action(async (options) => {
      const { account } = options;
      const all = await withDatabase(async (database) => {
        if (account === undefined) return listNumbers(database);
        const { id } = await requireAccount(database, await accountId(database, account));
        return (await listNumbers(database)).filter((each) => each.account_id === id);
      });
      printList(
        options,
        all.map(shown),
        ["number", "account_id", "active", "label"],
        account === undefined ? NONE : "no numbers of this account; inlet numbers add adds one",
      );
    });

  addCommand(numbers, "show", "show one number, and whose it is")
    .argument("<number>", "E.164, or a short code", aNumber)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers show +14155559999
  inlet numbers show 72345 --json`,
    )
    .action(async (number, options) => {
      const found = await withDatabase(async (database) => {
        const present = await findNumber(database, number);
        if (!present) throw unknownNumber(number);
        const account = await findAccount(database, present.account_id);
        return { ...shown(present), account_name: account?.name, created_at: isoTime(present.created_at) };
      });
      printFields(options, found);
    });

  for (const [name, active] of [
    ["activate", true],
    ["deactivate", false],
  ] as const) {
    const effect = active ? "stream its messages again" : "keep its messages as unrouted from now on";
    addCommand(numbers, name, effect)
      .argument("<number>", "E.164, or a short code", aNumber)
      .addHelpText(
        "after",
        `
Examples:
  inlet numbers ${name} +14155559999
  inlet numbers ${name} 72345 --json`,
      )
      .action(async (number, options) => {
        const changed = await withDatabase((database) => setActive(database, number, active));
        printOne(options, shown(changed), `${number} is ${active ? "active" : "inactive"}`);
      });
  }

  addCommand(
    numbers,
    "move",
    "give a number to another account: new messages only, old ones stay where they are",
  )
    .argument("<number>", "E.164, or a short code", aNumber)
    .requiredOption("--account <id>", "who gets its messages from now on: an id or a name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers move +14155559999 --account 2
  inlet numbers move 72345 --account 2 --json`,
    )
    .action(async (number, options) => {
      const moved = await withDatabase(async (database) =>
        moveNumber(database, number, await accountId(database, options.account)),
      );
      printOne(options, shown(moved), `${number} belongs to account ${moved.account_id}`);
    });

  addCommand(numbers, "remove", "remove a number; messages to it are kept as unrouted from now on")
    .argument("<number>", "E.164, or a short code", aNumber)
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers remove +14155559999
  inlet numbers remove 72345 --yes`,
    )
    .action(async (number, options) => {
      const removed = await withDatabase(async (database) => {
        const present = await findNumber(database, number);
        if (present)
          agree(options.yes, `this removes ${number} from account ${present.account_id}, for new messages`);
        return removeNumber(database, number);
      });
      printOne(options, shown(removed), `removed ${number}`);
    });
}

function shown({ number, account_id, active, label }: OwnedNumber) {
  return { number, account_id, active, label };
}
