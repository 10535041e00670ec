/** `inlet init`: an account, its number and a key for it in one step, and what to type next. */
import { type Command, Option } from "@commander-js/extra-typings";
import { readServerUrl } from "../config/config.ts";
import { type Account, createAccount, findAccount } from "../directory/accounts.ts";
import { addNumber, findNumber } from "../directory/numbers.ts";
import { CommandError, UsageError } from "../errors.ts";
import { SCOPES } from "../keys/key.ts";
import { createKey, type IssuedKey } from "../keys/store.ts";
import { aName, aNumber } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { withDatabase } from "./database.ts";
import { escaped, note, print, printJson } from "./output.ts";

export function addInitCommand(program: Command): void {
  addCommand(program, "init", "create an account, its number and a key in one step, to begin with")
    .requiredOption("--name <name>", "what people call the account", aName)
    .requiredOption("--number <number>", "the number that it receives texts on", aNumber)
    .addOption(
      new Option("--kind <kind>", "what it is").choices(["user", "team"] as const).default("team" as const),
    )
    .addHelpText(
      "after",
      `
The key alone goes to standard output, once. A number that is somebody's already is refused, and nothing is created.

Examples:
  inlet init --name Support --number +14155559999
  export INLET_KEY=$(inlet init --name Support --number +14155559999)
  inlet init --name Ann --kind user --number +14155559999 --json`,
    )
    .action(async (options) => {
      const { name, number, kind } = options;
      const { account, issued } = await withDatabase(async (database) => {
        const present = await findNumber(database, number);
        if (present) throw taken(number, await findAccount(database, present.account_id));
        const now = Date.now();
        const account = await createAccount(database, kind, name, now);
        await addNumber(database, number, account.id, null, now);
        const wanted = { accountId: account.id, scopes: SCOPES, name: "init", lifetimeMs: null };
        return { account, issued: await createKey(database, wanted, now) };
      });
      if (options.json) return printJson({ account_id: account.id, kind, name, number, ...shown(issued) });
      note(
        escaped(
          `created ${kind} ${account.id} (${name}) with ${number}, and key ${issued.id}. Copy the key now: it is not shown again.`,
        ),
      );
      print(issued.key);
      note(next(number, process.stdout.isTTY ? issued.key : null));
    });
}

function shown({ id, key, scopes }: IssuedKey) {
  return { key_id: id, key, scopes };
}

function taken(number: string, account: Account | null): CommandError {
  const owner = account ? `${account.kind} ${account.id} (${account.name})` : "an account";
  const id = account?.id ?? "ID";
  return new CommandError(
    escaped(
      `${number} already belongs to ${owner}, and nothing was created; another key for it: inlet keys create --account ${id} --scope sms:read`,
    ),
  );
}

/** Three lines for two terminals, whichever is typed first. `key` is null where it went into a variable. */
function next(number: string, key: string | null): string {
  return `
Next, here and in a second terminal${key === null ? ", with the key in INLET_KEY" : ""}:

  inlet serve --development
  ${key === null ? "" : `INLET_KEY=${key} `}inlet tail --url ${serverUrl()} --since 1h
  inlet simulate --to ${number} --text "Hello!"
`;
}

/** A fault of PORT is for `serve` to tell. */
function serverUrl(): string {
  try {
    return readServerUrl();
  } catch (error) {
    if (error instanceof UsageError) return "http://127.0.0.1:3000";
    throw error;
  }
}
