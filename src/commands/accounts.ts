/** `inlet accounts`: users and teams. */
import { type Command, Option } from "@commander-js/extra-typings";
import {
  type Account,
  createAccount,
  deleteAccount,
  listAccounts,
  listRetentions,
  requireAccount,
  updateAccount,
} from "../directory/accounts.ts";
import { listNumbers } from "../directory/numbers.ts";
import { UsageError } from "../errors.ts";
import { listKeys, statusOf } from "../keys/store.ts";
import { formatDuration } from "../values/duration.ts";
import { aName, anIdOrName, aRetention } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { agree } from "./confirm.ts";
import { withDatabase } from "./database.ts";
import { accountId } from "./named.ts";
import { isoTime, printFields, printList, printOne } from "./output.ts";

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
      printOne(options, shown(account, undefined), `created ${inWords(account)}`);
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

  addCommand(accounts, "show", "show one account with its numbers and the keys that work")
    .argument("<id>", "the account's id, or its name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet accounts show 1
  inlet accounts show Support --json`,
    )
    .action(async (named, options) => {
      const account = await withDatabase(async (database) => {
        const id = await accountId(database, named);
        const account = shown(await requireAccount(database, id), (await listRetentions(database)).get(id));
        const numbers = (await listNumbers(database)).filter(({ account_id }) => account_id === id);
        const keys = (await listKeys(database, id)).filter((key) => statusOf(key, Date.now()) === "active");
        return {
          ...account,
          numbers: numbers.map(({ number }) => number),
          key_ids: keys.map((key) => key.id),
        };
      });
      printFields(options, account);
    });

  addCommand(accounts, "update", "change an account's name, or how long its messages are kept")
    .argument("<id>", "the account's id, or its name", anIdOrName)
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
    .action(async (named, options) => {
      const { name, retention } = options;
      if (name === undefined && retention === undefined)
        throw new UsageError("nothing to change: give --name or --retention");
      const retentionMs = retention === "default" ? null : retention === "none" ? 0 : retention;
      const { account, keepMs } = await withDatabase(async (database) => {
        const id = await accountId(database, named);
        const account = await updateAccount(database, id, { name, retentionMs });
        return { account, keepMs: (await listRetentions(database)).get(id) };
      });
      const after = shown(account, keepMs);
      printOne(
        options,
        after,
        `${inWords(account)}: its messages are kept ${
          keepMs === undefined
            ? "as RETENTION_DAYS says"
            : keepMs === 0
              ? "for ever"
              : `for ${after.retention}`
        }`,
      );
    });

  addCommand(accounts, "delete", "delete an account that owns no numbers; its keys are revoked at once")
    .argument("<id>", "the account's id, or its name", anIdOrName)
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  inlet accounts delete 3
  inlet accounts delete "Old shop" --yes`,
    )
    .action(async (named, options) => {
      const account = await withDatabase(async (database) => {
        const id = await accountId(database, named);
        const found = await requireAccount(database, id);
        agree(options.yes, `this deletes ${inWords(found)} and revokes its keys`);
        return deleteAccount(database, id, Date.now());
      });
      printOne(
        options,
        shown(account, undefined),
        `deleted ${inWords(account)}; its keys are revoked, and its messages stay until retention removes them`,
      );
    });
}

function inWords({ kind, id, name }: Account): string {
  return `${kind} ${id} (${name})`;
}

/** `keepMs` undefined: RETENTION_DAYS decides. */
function shown({ id, kind, name, created_at }: Account, keepMs: number | undefined) {
  const retention = keepMs === undefined ? "default" : keepMs === 0 ? "none" : formatDuration(keepMs);
  return { id, kind, name, created_at: isoTime(created_at), retention };
}
