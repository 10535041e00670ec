/** `inlet telnyx setup`: points a messaging profile at this installation, and changes nothing else of it. */
import type { Command } from "@commander-js/extra-typings";
import { readTelnyxConfig } from "../../config/config.ts";
import { CommandError } from "../../errors.ts";
import { type Aim, changesTo, type FieldChange, warningsOf } from "../../telnyx/aim.ts";
import type { TelnyxClient } from "../../telnyx/client.ts";
import { TelnyxFailure } from "../../telnyx/failure.ts";
import { type MessagingProfile, readProfiles, updateProfile } from "../../telnyx/profiles.ts";
import { aName, aWebhookUrl } from "../arguments.ts";
import { addCommand } from "../command.ts";
import { isAgreed, requireTerminal } from "../confirm.ts";
import { escaped, note, type OutputOptions, print, printJson } from "../output.ts";
import { telnyxClient } from "./client.ts";
import { chosenProfile } from "./profile.ts";

export function addSetupCommand(telnyx: Command): void {
  addCommand(telnyx, "setup", "let a messaging profile send its texts here")
    .requiredOption(
      "--url <url>",
      "where this server is reached, such as https://sms.example.com",
      aWebhookUrl,
    )
    .option("--failover-url <url>", "where Telnyx sends what that does not take", aWebhookUrl)
    .option("--profile <id or name>", "which messaging profile, where there are several", aName)
    .option("--dry-run", "show what would change, and change nothing")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Sets the profile's webhook URL, its API version to 2, and its fail-over URL where one is given. /webhooks/telnyx is
added to a URL that does not end so.

Examples:
  inlet telnyx setup --url https://sms.example.com --dry-run
  inlet telnyx setup --url https://sms.example.com
  inlet telnyx setup --url https://sms.example.com --profile Support --yes --json`,
    )
    .action(async (options) => {
      const { telnyxApi } = readTelnyxConfig();
      if (!options.yes && !options.dryRun) requireTerminal("this changes a messaging profile at Telnyx");
      const aim = { url: options.url, failoverUrl: options.failoverUrl ?? null };
      const agree = (profile: MessagingProfile, changes: readonly FieldChange[]) => {
        if (options.yes) return true;
        note(escapedLines(changes));
        return isAgreed(`change the messaging profile ${nameOf(profile)}?`);
      };
      show(
        options,
        await setUp(telnyxClient(telnyxApi), aim, options.profile, options.dryRun ? null : agree),
      );
    });
}

interface Result {
  readonly profile: { readonly id: string; readonly name: string };
  readonly applied: boolean;
  readonly changes: readonly FieldChange[];
  readonly warnings: readonly string[];
}

/** `agree` is asked before anything is changed; null changes nothing. Throws `CommandError` and `UsageError`. */
export async function setUp(
  client: TelnyxClient,
  aim: Aim,
  wanted: string | undefined,
  agree: ((profile: MessagingProfile, changes: readonly FieldChange[]) => boolean) | null,
): Promise<Result> {
  const profile = chosenProfile(await readProfiles(client), wanted);
  const changes = changesTo(profile, aim);
  const isToApply = agree !== null && changes.length > 0;
  if (isToApply) {
    if (!agree(profile, changes)) throw new CommandError("nothing was changed");
    await apply(client, profile, changes);
  }
  const { id, name } = profile;
  return { profile: { id, name }, applied: isToApply, changes, warnings: warningsOf(profile, aim) };
}

async function apply(
  client: TelnyxClient,
  profile: MessagingProfile,
  changes: readonly FieldChange[],
): Promise<void> {
  const body = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
  let after: MessagingProfile;
  try {
    after = await updateProfile(client, profile.id, body);
  } catch (error) {
    throw error instanceof TelnyxFailure
      ? new CommandError(`${error.message}${hint(error, profile)}`)
      : error;
  }
  const has: Record<FieldChange["field"], string | null> = {
    webhook_url: after.webhookUrl,
    webhook_failover_url: after.failoverUrl,
    webhook_api_version: after.apiVersion,
  };
  const wrong = changes.filter(({ field, to }) => has[field] !== to);
  if (after.id === profile.id && wrong.length === 0) return;
  const shown = wrong.map(({ field }) => `${field} is ${has[field] ?? "not set"}`).join(", ");
  throw new CommandError(
    `Telnyx took the change and says that ${shown || "it is another profile"}: look at the profile in the Telnyx portal`,
  );
}

function hint({ kind, status }: TelnyxFailure, profile: MessagingProfile): string {
  if (kind === "unreachable" || kind === "unreadable")
    return "; whether the profile was changed is not known: run it again";
  // Since March 2024; which countries are meant is not for us to say.
  return status === 400 && !profile.hasDestinations
    ? "; the profile names no allowed destinations, without which Telnyx changes no profile: set them in the Telnyx portal, and run it again"
    : "";
}

function show(options: OutputOptions, result: Result): void {
  for (const warning of result.warnings) note(escaped(`warning: ${warning}`));
  if (options.json) return printJson(result);
  const { profile, applied, changes } = result;
  if (changes.length === 0) return print(escaped(`${nameOf(profile)} is set up so already`));
  print(escapedLines(changes));
  print(escaped(`${applied ? "changed" : "would change"} the messaging profile ${nameOf(profile)}`));
}

function escapedLines(changes: readonly FieldChange[]): string {
  return changes.map(({ field, from, to }) => escaped(`${field}: ${from ?? "(none)"} → ${to}`)).join("\n");
}

function nameOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === "" ? id : `${name} (${id})`;
}
