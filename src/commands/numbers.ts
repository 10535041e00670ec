/** `inlet numbers`: which numbers are ours, and whose. */
import type { Command } from "@commander-js/extra-typings";
import {
  addNumber,
  listNumbers,
  moveNumber,
  type OwnedNumber,
  removeNumber,
  setActive,
} from "../directory/numbers.ts";
import { aName, aNumber, anId } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { printList, printOne } from "./output.ts";

export function addNumbersCommands(program: Command): void {
  const numbers = group(program, "numbers", "the phone numbers and short codes that receive messages");

  addCommand(numbers, "add", "add a number to an account")
    .argument("<number>", "E.164, or a short code", aNumber)
    .requiredOption("--account <id>", "who gets its messages", anId)
    .option("--label <label>", "what people call it", aName)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers add +14155559999 --account 1
  inlet numbers add 72345 --account 1 --label Votes`,
    )
    .action(async (number, options) => {
      const added = await withDatabase((database) =>
        addNumber(database, number, options.account, options.label ?? null, Date.now()),
      );
      printOne(options, shown(added), `${number} belongs to account ${options.account}`);
    });

  addCommand(numbers, "list", "show all numbers")
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers list
  inlet numbers list --json | jq -r '.[] | select(.active) | .number'`,
    )
    .action(async (options) => {
      const all = await withDatabase(listNumbers);
      printList(
        options,
        all.map(shown),
        ["number", "account_id", "active", "label"],
        "no numbers yet; add one with inlet numbers add, or all that Telnyx has with inlet telnyx numbers sync",
      );
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
    .requiredOption("--account <id>", "who gets its messages from now on", anId)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers move +14155559999 --account 2
  inlet numbers move 72345 --account 2 --json`,
    )
    .action(async (number, options) => {
      const moved = await withDatabase((database) => moveNumber(database, number, options.account));
      printOne(options, shown(moved), `${number} belongs to account ${options.account}`);
    });

  addCommand(numbers, "remove", "remove a number; messages to it are kept as unrouted from now on")
    .argument("<number>", "E.164, or a short code", aNumber)
    .addHelpText(
      "after",
      `
Examples:
  inlet numbers remove +14155559999
  inlet numbers remove 72345 --json`,
    )
    .action(async (number, options) => {
      const removed = await withDatabase((database) => removeNumber(database, number));
      printOne(options, shown(removed), `removed ${number}`);
    });
}

function shown({ number, account_id, active, label }: OwnedNumber) {
  return { number, account_id, active, label };
}
