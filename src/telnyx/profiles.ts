/** Messaging profiles: where Telnyx sends what comes to their numbers. Of an answer only this is kept, never its secret. */
import { textOf } from "./answer.ts";
import type { TelnyxClient } from "./client.ts";
import { TelnyxFailure } from "./failure.ts";
import type { Row } from "./list.ts";
import { readWhole } from "./whole.ts";

export interface MessagingProfile {
  readonly id: string;
  /** Empty where it has none. */
  readonly name: string;
  readonly isEnabled: boolean;
  /** As Telnyx has it; null where there is none. */
  readonly webhookUrl: string | null;
  readonly failoverUrl: string | null;
  /** `1`, `2` or `2010-04-01`; null where it does not say. */
  readonly apiVersion: string | null;
  /** 0 where nothing is redacted; 2 hides the most. */
  readonly redactionLevel: number;
  /** Whether it names countries that may be sent to: Telnyx refuses changes of one that does not. */
  readonly hasDestinations: boolean;
}

/** What may be changed of one. */
export interface ProfileChange {
  readonly webhook_url?: string;
  readonly webhook_failover_url?: string;
  readonly webhook_api_version?: "2";
}

const WHAT = "messaging profiles";
const ONE = "the messaging profile";
/** The most that there may be. */
const ROWS = 250;
/** 10,000 profiles. */
const MAX_PAGES = 40;
/** A UUID has 36. */
const MAX_ID = 100;
/** As much as may be given for one on the command line. */
const MAX_NAME = 200;
/** Where redaction is on and its level is not told. */
const DEFAULT_LEVEL = 2;

/** All of the account's. Throws {@link TelnyxFailure}. */
export function readProfiles(client: TelnyxClient): Promise<readonly MessagingProfile[]> {
  return readWhole(client, {
    what: WHAT,
    page: (telnyx, number) => telnyx.messagingProfiles.list({ "page[number]": number, "page[size]": ROWS }),
    keep: toProfile,
    maxPages: MAX_PAGES,
  });
}

/** Throws {@link TelnyxFailure}: `refused` with the status 404 where there is none of this id. */
export async function readProfile(client: TelnyxClient, id: string): Promise<MessagingProfile> {
  const { json } = await client.ask(ONE, (telnyx) => telnyx.messagingProfiles.retrieve(id));
  return toOneProfile(json);
}

/** Changes exactly these fields; resolves to the profile as Telnyx then says it is. Throws {@link TelnyxFailure}. */
export async function updateProfile(
  client: TelnyxClient,
  id: string,
  change: ProfileChange,
): Promise<MessagingProfile> {
  const { json } = await client.ask(ONE, (telnyx) => telnyx.messagingProfiles.update(id, change));
  return toOneProfile(json);
}

function toOneProfile(json: unknown): MessagingProfile {
  const { data } = json as { data?: unknown };
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return toProfile(data as Row);
  throw noProfile();
}

function toProfile(row: Row): MessagingProfile {
  const id = textOf(row.id);
  if (id === null || id.length > MAX_ID) throw noProfile();
  return {
    id,
    name: textOf(row.name)?.slice(0, MAX_NAME) ?? "",
    isEnabled: row.enabled !== false,
    webhookUrl: textOf(row.webhook_url),
    failoverUrl: textOf(row.webhook_failover_url),
    apiVersion: textOf(row.webhook_api_version),
    redactionLevel: redactionLevel(row),
    hasDestinations: Array.isArray(row.whitelisted_destinations) && row.whitelisted_destinations.length > 0,
  };
}

/** The fields are there only where the organisation may redact at all. */
function redactionLevel({ redaction_enabled, redaction_level }: Row): number {
  if (redaction_enabled !== true) return 0;
  return typeof redaction_level === "number" ? redaction_level : DEFAULT_LEVEL;
}

function noProfile(): TelnyxFailure {
  return new TelnyxFailure("unreadable", "what Telnyx answered is no messaging profile");
}
