/** Whether Telnyx can be asked, and whether its clock and ours agree. */
import { TelnyxFailure } from "../../telnyx/failure.ts";
import type { Examination } from "./deps.ts";
import { type Found, failed, ok, shownUrl, skipped, spanOf, warning } from "./finding.ts";

/** Signatures are refused that are 300 s old, or new. */
const FATAL_SKEW_MS = 240_000;
const LARGE_SKEW_MS = 30_000;
/** A `Date` has whole seconds: on the average half of one is missing. */
const HALF_SECOND_MS = 500;
const SET_CLOCK = "timedatectl set-ntp true";

export async function telnyxKey(examination: Examination): Promise<Found> {
  const url = examination.deps.config.telnyxApi?.baseUrl ?? "";
  try {
    await examination.profiles();
    return ok("Telnyx takes the key");
  } catch (error) {
    if (!(error instanceof TelnyxFailure)) throw error;
    return failed(error.message, mendOf(error, shownUrl(url)));
  }
}

/** Also by what a refusal tells. */
export async function clock(examination: Examination): Promise<Found> {
  const client = examination.telnyx();
  await examination.profiles().catch(() => undefined);
  if (client.clock === null) return skipped("Telnyx did not tell its time");
  const { date, sentAt, answeredAt } = client.clock;
  const skew_ms = Math.round((sentAt + answeredAt) / 2 - (date + HALF_SECOND_MS));
  const size = Math.abs(skew_ms);
  const said = `the clock is ${spanOf(skew_ms)} ${skew_ms < 0 ? "behind" : "ahead of"} Telnyx's`;
  if (size > FATAL_SKEW_MS)
    return failed(`${said}: webhooks are refused that seem more than 300 s old or new`, SET_CLOCK, {
      skew_ms,
    });
  if (size > LARGE_SKEW_MS) return warning(said, SET_CLOCK, { skew_ms });
  return ok("the clock agrees with Telnyx's", { skew_ms });
}

function mendOf({ kind }: TelnyxFailure, url: string): string {
  if (kind === "key")
    return "copy a key that is in force from the Telnyx portal, under Keys & Credentials → API Keys, into TELNYX_API_KEY";
  if (kind === "unreachable" || kind === "stopped")
    return `see whether this machine reaches ${url} (name, firewall, proxy), and whether TELNYX_BASE_URL is right`;
  return `see whether TELNYX_BASE_URL is right: it is ${url}`;
}
