/** `inlet keys`: API keys, shown once where they are made. */
import type { Command } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import { SCOPES } from "../keys/key.ts";
import {
  createKey,
  type IssuedKey,
  listKeys,
  requireKey,
  revokeKey,
  rotateKey,
  type StoredKey,
  statusOf,
} from "../keys/store.ts";
import { aDuration, aName, anIdOrName, someScopes } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { agree } from "./confirm.ts";
import { withDatabase } from "./database.ts";
import { accountId, keyId } from "./named.ts";
import {
  isoTime,
  note,
  type OutputOptions,
  print,
  printFields,
  printJson,
  printList,
  printOne,
} from "./output.ts";

const DAY_MS = 86_400_000;

export function addKeysCommands(program: Command): void {
  const keys = group(program, "keys", "API keys");

  addCommand(keys, "create", "create a key and print it once: it cannot be shown again")
    .requiredOption("--account <id>", "whose key it is: an id or a name", anIdOrName)
    .requiredOption("--scope <scope>", `what it may do, repeatable: ${SCOPES.join(", ")}`, someScopes)
    .option("--name <name>", "what people call it", aName)
    .option(
      "--expires <duration>",
      "how long it works, such as 90d; without it the key never expires",
      aDuration,
    )
    .addHelpText(
      "after",
      `
Examples:
  inlet keys create --account 1 --scope sms:read
  inlet keys create --account 1 --scope sms:read --scope phone_numbers:read --name shop --expires 90d
  export INLET_KEY=$(inlet keys create --account 1 --scope sms:read)`,
    )
    .action(async (options) => {
      const { scope, expires } = options;
      if (expires === 0)
        throw new UsageError(
          "--expires 0 would create an expired key; leave it out for a key that never expires",
        );
      const now = Date.now();
      const wanted = {
        scopes: scope,
        name: options.name ?? "",
        lifetimeMs: expires ?? null,
      };
      const issued = await withDatabase(async (database) =>
        createKey(database, { ...wanted, accountId: await accountId(database, options.account) }, now),
      );
      printIssued(options, issued);
    });

  addCommand(keys, "list", "show keys, without the keys themselves")
    .option("--account <id>", "only this account's, by id or name", anIdOrName)
    .option("--all", "also those that are revoked; --json has them always")
    .addHelpText(
      "after",
      `
Examples:
  inlet keys list
  inlet keys list --account 1 --json`,
    )
    .action(async (options) => {
      const { account } = options;
      const all = await withDatabase(async (database) =>
        listKeys(database, account === undefined ? null : await accountId(database, account)),
      );
      const listed = options.all || options.json ? all : all.filter(({ revoked_at }) => revoked_at === null);
      printList(
        options,
        listed.map(shown),
        ["id", "start", "account_id", "name", "status", "scopes", "expires_at", "last_used_at"],
        all.length > 0 ? "no key that is not revoked" : "no keys yet; create one with inlet keys create",
      );
      const hidden = all.length - listed.length;
      if (hidden > 0) note(`${hidden} revoked not shown: --all shows them`);
    });

  addCommand(keys, "show", "show one key, without the key itself")
    .argument("<id>", "the key's id, or its name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet keys show 2
  inlet keys show shop --json`,
    )
    .action(async (named, options) => {
      const key = await withDatabase(async (database) => requireKey(database, await keyId(database, named)));
      printFields(options, shown(key));
    });

  addCommand(keys, "revoke", "revoke a key; its streams close within two seconds")
    .argument("<id>", "the key's id, or its name", anIdOrName)
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  inlet keys revoke 2
  inlet keys revoke shop --yes`,
    )
    .action(async (named, options) => {
      const revoked = await withDatabase(async (database) => {
        const { id, start, name, account_id } = await requireKey(database, await keyId(database, named));
        const called = name === "" ? "" : `, ${name}`;
        agree(options.yes, `this revokes key ${id} (${start}…${called}) of account ${account_id}, for good`);
        return revokeKey(database, id, Date.now());
      });
      printOne(options, shown(revoked), `key ${revoked.id} is revoked`);
    });

  addCommand(keys, "rotate", "create a key that replaces an old one, and print it once")
    .argument("<id>", "the old key's id, or its name", anIdOrName)
    .option("--grace <duration>", "how long the old key goes on working", aDuration, DAY_MS)
    .addHelpText(
      "after",
      `
Examples:
  inlet keys rotate 2
  inlet keys rotate 2 --grace 1h
  export INLET_KEY=$(inlet keys rotate 2)`,
    )
    .action(async (named, options) => {
      const { issued, old } = await withDatabase(async (database) => {
        const id = await keyId(database, named);
        const issued = await rotateKey(database, id, options.grace, Date.now());
        return { issued, old: await requireKey(database, id) };
      });
      printIssued(options, issued);
      if (!options.json) note(`key ${old.id}, the old one, works until ${isoTime(old.expires_at)}`);
    });
}

/** The key alone goes to standard output, so that `KEY=$(inlet keys create …)` does what it looks like. */
function printIssued(options: OutputOptions, issued: IssuedKey): void {
  const { id, key, account_id, scopes, name } = issued;
  const expires_at = isoTime(issued.expires_at);
  if (options.json) return printJson({ id, key, account_id, scopes, name, expires_at });
  note(
    `created key ${id} for account ${account_id} (${scopes.join(" ")}), ${expires_at ? `expires ${expires_at}` : "never expires"}. Copy it now: it is not shown again.`,
  );
  print(key);
}

function shown(key: StoredKey) {
  return {
    id: key.id,
    start: key.start,
    account_id: key.account_id,
    scopes: key.scopes,
    name: key.name,
    created_at: isoTime(key.created_at),
    expires_at: isoTime(key.expires_at),
    last_used_at: isoTime(key.last_used_at),
    revoked_at: isoTime(key.revoked_at),
    status: statusOf(key, Date.now()),
  };
}
