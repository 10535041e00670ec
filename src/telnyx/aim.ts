/** Where a messaging profile is to send its webhooks, and what of it has to change for that. */
import type { MessagingProfile, ProfileChange } from "./profiles.ts";

/** What is asked for: both are addresses of webhooks. */
export interface Aim {
  readonly url: string;
  /** Null leaves it as it is. */
  readonly failoverUrl: string | null;
}

export interface FieldChange {
  readonly field: keyof ProfileChange;
  /** Null where there was none. */
  readonly from: string | null;
  readonly to: string;
}

/** Signed by the key that Inlet judges by; the others are not. */
const VERSION = "2";

/** Only the fields that are not so yet. */
export function changesTo(profile: MessagingProfile, { url, failoverUrl }: Aim): readonly FieldChange[] {
  const wanted: FieldChange[] = [
    { field: "webhook_url", from: profile.webhookUrl, to: url },
    ...(failoverUrl === null
      ? []
      : [{ field: "webhook_failover_url" as const, from: profile.failoverUrl, to: failoverUrl }]),
    { field: "webhook_api_version", from: profile.apiVersion, to: VERSION },
  ];
  return wanted.filter(({ from, to }) => from !== to);
}

/** What stays in the way of every text arriving, though nobody asked to change it. */
export function warningsOf(profile: MessagingProfile, { url, failoverUrl }: Aim): readonly string[] {
  const other = failoverUrl === null ? profile.failoverUrl : null;
  return [
    ...(other === null || other === url
      ? []
      : [`the fail-over URL stays ${publicPart(other)}: what it takes counts as delivered`]),
    ...(profile.isEnabled
      ? []
      : ["the profile is not enabled: Telnyx takes no texts for it until it is, in the Telnyx portal"]),
  ];
}

/** Without a user, a password and a query, any of which may be a secret. */
function publicPart(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : "something that is no URL";
}
