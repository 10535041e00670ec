/** `inlet accounts`: users and teams. */
import { type Command, Option } from "@commander-js/extra-typings";
import {
  type Account,
  createAccount,
  deleteAccount,
  listAccounts,
  listRetentions,
  updateAccount,
} from "../directory/accounts.ts";
import { UsageError } from "../errors.ts";
import { formatDuration } from "../values/duration.ts";
import { aName, anId, aRetention } from "./arguments.ts";
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
    .addHelpText(
      "after",
      `
Examples:
  inlet accounts create --kind team --name Support
  inlet accounts create --kind user --name "Ann Lee" --json`,
    )
    .action(async (options) => {
      const account = await withDatabase((database) =>
        createAccount(database, options.kind, options.name, Date.now()),
      );
      printOne(options, shown(account, undefined), `created ${account.kind} ${account.id} (${account.name})`);
    });

  addCommand(accounts, "list", "show all accounts")
    .addHelpText(
      "after",
      `
Examples:
  inlet accounts list
  inlet accounts list --json | jq '.[].name'`,
    )
    .action(async (options) => {
      const { all, retentions } = await withDatabase(async (database) => ({
        all: await listAccounts(database),
        retentions: await listRetentions(database),
      }));
      printList(
        options,
        all.map((account) => shown(account, retentions.get(account.id))),
        ["id", "kind", "name", "created_at", ...(retentions.size > 0 ? ["retention" as const] : [])],
        "no accounts yet; create one with inlet accounts create",
      );
    });

  addCommand(accounts, "update", "change an account's name, or how long its messages are kept")
    .argument("<id>", "the account's id", anId)
    .option("--name <name>", "what people call it", aName)
    .option(
      "--retention <duration>",
      "such as 90d; none keeps for ever, default is RETENTION_DAYS",
      aRetention,
    )
    .addHelpText(
      "after",
      `
Retention goes by the time a message was stored. A shorter one removes what is older from the service's next look on,
within a minute, and for good. Unrouted messages belong to no account: RETENTION_DAYS counts for them.

Examples:
  inlet accounts update 2 --retention 90d
  inlet accounts update 2 --retention default --name Support`,
    )
    .action(async (id, options) => {
      const { name, retention } = options;
      if (name === undefined && retention === undefined)
        throw new UsageError("nothing to change: give --name or --retention");
      const { account, keepMs } = await withDatabase(async (database) => ({
        account: await updateAccount(database, id, {
          name,
          retentionMs: retention === "default" ? null : retention === "none" ? 0 : retention,
        }),
        keepMs: (await listRetentions(database)).get(id),
      }));
      const after = shown(account, keepMs);
      printOne(
        options,
        after,
        `${account.kind} ${account.id} (${account.name}): its messages are kept ${
          keepMs === undefined
            ? "as RETENTION_DAYS says"
            : keepMs === 0
              ? "for ever"
              : `for ${after.retention}`
        }`,
      );
    });

  addCommand(accounts, "delete", "delete an account that owns no numbers; its keys are revoked at once")
    .argument("<id>", "the account's id", anId)
    .addHelpText(
      "after",
      `
Examples:
  inlet accounts delete 3
  inlet accounts delete 3 --json`,
    )
    .action(async (id, options) => {
      const account = await withDatabase((database) => deleteAccount(database, id, Date.now()));
      printOne(
        options,
        shown(account, undefined),
        `deleted ${account.kind} ${account.id} (${account.name}); its keys are revoked, and its messages stay until retention removes them`,
      );
    });
}

/** `keepMs` undefined: RETENTION_DAYS decides. */
function shown({ id, kind, name, created_at }: Account, keepMs: number | undefined) {
  const retention = keepMs === undefined ? "default" : keepMs === 0 ? "none" : formatDuration(keepMs);
  return { id, kind, name, created_at: isoTime(created_at), retention };
}
