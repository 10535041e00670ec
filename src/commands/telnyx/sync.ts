/** `inlet telnyx numbers sync`: the account's numbers here as they are at Telnyx, or nothing changed at all. */
import type { Command } from "@commander-js/extra-typings";
import { readTelnyxConfig } from "../../config/config.ts";
import type { Database } from "../../database/open.ts";
import { requireAccount } from "../../directory/accounts.ts";
import { type Alignment, align, knownNumbers } from "../../directory/align.ts";
import { CommandError } from "../../errors.ts";
import type { TelnyxClient } from "../../telnyx/client.ts";
import { readNumbers, type TelnyxNumber } from "../../telnyx/numbers.ts";
import { readProfiles } from "../../telnyx/profiles.ts";
import { ofProfile, planSync, type SyncPlan } from "../../telnyx/sync.ts";
import { aName, anId } from "../arguments.ts";
import { addCommand, group } from "../command.ts";
import { withDatabase } from "../database.ts";
import { escaped, note, type OutputOptions, print, printJson, printList } from "../output.ts";
import { telnyxClient } from "./client.ts";
import { chosenProfile } from "./profile.ts";

interface SyncOptions {
  readonly account: number;
  readonly profile?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly allowEmpty?: true | undefined;
}

export function addNumbersSyncCommand(telnyx: Command): void {
  const numbers = group(telnyx, "numbers", "the account's numbers at Telnyx");
  addCommand(numbers, "sync", "add the numbers that Telnyx has, and deactivate those that it has no more")
    .requiredOption("--account <id>", "who gets the messages of new numbers", anId)
    .option("--profile <id or name>", "only the numbers of one messaging profile", aName)
    .option("--dry-run", "show what would change, and change nothing")
    .option("--allow-empty", "deactivate all, where Telnyx has no number that receives texts")
    .addHelpText(
      "after",
      `
Only numbers of this account change. A number with a status that says nothing of texts, such as port-pending, is
neither added nor deactivated. Where one of Telnyx's lists cannot be read to its end, nothing changes.

Examples:
  inlet telnyx numbers sync --account 1 --dry-run
  inlet telnyx numbers sync --account 1
  inlet telnyx numbers sync --account 2 --profile Support --json`,
    )
    .action(async (options) => {
      const { telnyxApi } = readTelnyxConfig();
      const result = await withDatabase((database) => sync(database, telnyxClient(telnyxApi), options));
      show(options, result);
    });
}

type Result = Awaited<ReturnType<typeof sync>>;

/** Exported for tests. Throws `CommandError` and `UsageError`; nothing is changed then. */
export async function sync(database: Database, client: TelnyxClient, options: SyncOptions) {
  const { account, profile, dryRun = false, allowEmpty = false } = options;
  await requireAccount(database, account);
  const profileId = profile === undefined ? null : chosenProfile(await readProfiles(client), profile).id;
  const all = await readNumbers(client);
  const wanted = ofProfile(all, profileId);
  const candidates = wanted.flatMap(({ number }) => (number === null ? [] : [number]));
  const plan = planSync(all, wanted, await knownNumbers(database, account, candidates), account);
  if (!allowEmpty && plan.deactivated.length > 0 && !wanted.some(({ isAlive }) => isAlive))
    throw new CommandError(
      `Telnyx has no number that receives texts, and ${plan.deactivated.length} of account ${account} would be deactivated: nothing was changed; is it the key of this account? --allow-empty deactivates them`,
    );
  const made = dryRun ? plan : await align(database, account, plan, Date.now());
  return {
    account_id: account,
    dry_run: dryRun,
    seen: {
      phone_numbers: count(wanted, "phone_number"),
      short_codes: count(wanted, "short_code"),
    },
    changes: changes(made, all),
    unchanged: plan.unchanged,
    skipped: plan.skipped,
    kept: plan.kept,
  };
}

function count(numbers: readonly TelnyxNumber[], kind: TelnyxNumber["kind"]): number {
  return numbers.filter((each) => each.kind === kind).length;
}

function changes(made: Alignment, all: readonly TelnyxNumber[]) {
  const there = new Map(all.map((each) => [each.number, each]));
  const rows = (change: keyof Alignment) =>
    made[change].toSorted().map((number) => {
      const { status = null, profileId = null } = there.get(number) ?? {};
      return { number, change, status, messaging_profile_id: profileId };
    });
  return [...rows("added"), ...rows("activated"), ...rows("deactivated")];
}

function show(options: OutputOptions, result: Result): void {
  for (const { number, account_id, reason } of result.skipped) {
    const why = reason === "other_account" ? `it belongs to account ${account_id}` : "it cannot be a number";
    note(escaped(`skipped ${number}: ${why}`));
  }
  for (const kept of result.kept) note(escaped(whyKept(kept)));
  if (options.json) return printJson(result);
  const columns = ["number", "change", "status", "messaging_profile_id"] as const;
  if (result.changes.length > 0) printList(options, result.changes, columns, "");
  print(summary(result));
}

function whyKept({ number, status, messaging_profile_id, is_alive }: SyncPlan["kept"][number]): string {
  return is_alive
    ? `${number} stays active: at Telnyx it has ${messaging_profile_id === null ? "no profile" : `the profile ${messaging_profile_id}`}`
    : `${number} stays active, though at Telnyx it is ${status}; inlet numbers deactivate ${number} keeps its messages as unrouted`;
}

function summary({ dry_run, seen, changes, unchanged }: Result): string {
  const verb = dry_run ? "would be changed" : "changed";
  return `${changes.length} ${verb}, ${unchanged} unchanged; Telnyx has ${seen.phone_numbers} phone numbers and ${seen.short_codes} short codes`;
}
