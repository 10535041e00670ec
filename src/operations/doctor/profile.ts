/** The messaging profile: whether Telnyx sends here, and in a form that can be read. */
import type { MessagingProfile } from "../../telnyx/profiles.ts";
import { type Examination, isSameUrl } from "./deps.ts";
import { type Found, failed, ok, shownUrl, skipped, warning } from "./finding.ts";

/** In a sentence. */
const MAX_NAMED = 5;

export async function profileUrl(examination: Examination): Promise<Found> {
  const all = await examination.told(() => examination.profiles());
  const { here } = examination;
  const sent = all.slice(0, MAX_NAMED).map(sendsTo).join(", ");
  if (here === null)
    return warning(
      `PUBLIC_URL is not set: whether Telnyx sends here is not known${sent ? ` (${sent})` : ""}`,
      "set PUBLIC_URL to the https address at which this server is reached",
    );
  const own = examination.pointingHere(all);
  const setup = setupFor(examination);
  if (own.length === 0)
    return failed(`no messaging profile sends to ${here}${sent ? `: ${sent}` : ""}`, setup, { url: here });
  const faults = own.flatMap((profile) => faultsOf(profile, here, setup));
  if (faults.length > 0)
    return warning(
      faults.map(({ fault }) => fault).join("; "),
      [...new Set(faults.map(({ mend }) => mend))].join("; "),
    );
  return ok(`${own.map(shown).join(", ")} ${own.length === 1 ? "sends" : "send"} to ${here}`);
}

export async function profileVersion(examination: Examination): Promise<Found> {
  const own = await examination.ownProfiles();
  const old = own.filter(({ apiVersion }) => apiVersion !== null && apiVersion !== "2");
  if (old.length > 0)
    return failed(
      `${old.map((each) => `${shown(each)} sends version ${each.apiVersion}`).join(", ")}: its webhooks are refused`,
      setupFor(examination),
    );
  if (own.some(({ apiVersion }) => apiVersion === null)) return skipped("Telnyx does not tell the version");
  return ok(`${own.map(shown).join(", ")}: version 2`);
}

export async function profileRedaction(examination: Examination): Promise<Found> {
  const own = await examination.ownProfiles();
  const redacting = own.filter(({ redactionLevel }) => redactionLevel > 0);
  if (redacting.length === 0) return ok("Telnyx hides nothing when it is asked for a text");
  const level = Math.max(...redacting.map(({ redactionLevel }) => redactionLevel));
  const said = `${redacting.map((each) => `${shown(each)} redacts (level ${each.redactionLevel})`).join(", ")}: what was missed cannot be recovered`;
  const mend =
    "turn the profile's redaction off in the Telnyx portal, or live with it: live webhooks are whole";
  return level >= 2 ? failed(said, mend, { level }) : warning(said, mend, { level });
}

interface Fault {
  readonly fault: string;
  readonly mend: string;
}

function faultsOf(profile: MessagingProfile, here: string, setup: string): Fault[] {
  const { isEnabled, failoverUrl } = profile;
  const faults: Fault[] = [];
  if (!isEnabled)
    faults.push({
      fault: `${shown(profile)} is not enabled`,
      mend: "enable the profile in the Telnyx portal",
    });
  if (here.startsWith("http:"))
    faults.push({
      fault: `${shown(profile)} sends to ${here} without encryption`,
      mend: "have an https address, set PUBLIC_URL to it, and run inlet telnyx setup",
    });
  if (failoverUrl !== null && !isSameUrl(failoverUrl, here))
    faults.push({
      fault: `the fail-over URL of ${shown(profile)} is ${shownUrl(failoverUrl)}: what it takes counts as delivered`,
      mend: `${setup} --failover-url with an address of this installation, or remove it in the Telnyx portal`,
    });
  return faults;
}

function setupFor({ deps: { config } }: Examination): string {
  return `inlet telnyx setup --url ${config.publicUrl ?? "https://YOUR.HOST"}`;
}

function shown({ name, id }: MessagingProfile): string {
  return name === "" ? `the profile ${id}` : `the profile ${JSON.stringify(name)}`;
}

function sendsTo(profile: MessagingProfile): string {
  return `${shown(profile)} sends to ${profile.webhookUrl === null ? "nowhere" : shownUrl(profile.webhookUrl)}`;
}
