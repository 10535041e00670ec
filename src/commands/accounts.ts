/** `inlet accounts`: users and teams. */
import { type Command, Option } from "@commander-js/extra-typings";
import { type Account, createAccount, deleteAccount, listAccounts } from "../directory/accounts.ts";
import { aName, anId } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { isoTime, printList, printOne } from "./output.ts";

export function addAccountsCommands(program: Command): void {
  const accounts = group(program, "accounts", "users and teams, which own numbers and keys");

  addCommand(accounts, "create", "create an account")
    .addOption(
      new Option("--kind <kind>", "what it is").choices(["user", "team"] as const).makeOptionMandatory(),
    )
    .requiredOption("--name <name>", "what people call it", aName)
    .action(async (options) => {
      const account = await withDatabase((database) =>
        createAccount(database, options.kind, options.name, Date.now()),
      );
      printOne(options, shown(account), `created ${account.kind} ${account.id} (${account.name})`);
    });

  addCommand(accounts, "list", "show all accounts").action(async (options) => {
    const all = await withDatabase(listAccounts);
    printList(
      options,
      all.map(shown),
      ["id", "kind", "name", "created_at"],
      "no accounts yet; create one with inlet accounts create",
    );
  });

  addCommand(accounts, "delete", "delete an account that owns no numbers; its keys are revoked at once")
    .argument("<id>", "the account's id", anId)
    .action(async (id, options) => {
      const account = await withDatabase((database) => deleteAccount(database, id, Date.now()));
      printOne(
        options,
        shown(account),
        `deleted ${account.kind} ${account.id} (${account.name}); its keys are revoked, and its messages stay until retention removes them`,
      );
    });
}

function shown({ id, kind, name, created_at }: Account) {
  return { id, kind, name, created_at: isoTime(created_at) };
}
