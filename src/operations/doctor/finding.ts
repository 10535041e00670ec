/** What a check finds. */

export const CHECK_NAMES = [
  "configuration",
  "public_key",
  "public_url",
  "database_writable",
  "database_migrated",
  "database_integrity",
  "disk_free",
  "file_descriptors",
  "telnyx_key",
  "clock",
  "profile_url",
  "profile_version",
  "profile_redaction",
  "numbers_without_account",
  "last_webhook",
  "last_delivery",
  "unreadable_events",
  "recovery",
  "end_to_end",
  "proxy_buffering",
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** `skipped`: it could not be looked at, which is not a failure; the message says why. */
export type Level = "ok" | "skipped" | "warning" | "error";

export interface Found {
  readonly level: Level;
  /** A sentence, or the beginning of one: without a full stop. */
  readonly message: string;
  /** What to do: with each warning and error. */
  readonly mend?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Finding extends Found {
  readonly check: CheckName;
}

type Details = Readonly<Record<string, unknown>>;

export function ok(message: string, details?: Details): Found {
  return { level: "ok", message, ...(details ? { details } : {}) };
}

export function skipped(message: string): Found {
  return { level: "skipped", message };
}

export function warning(message: string, mend: string, details?: Details): Found {
  return { level: "warning", message, mend, ...(details ? { details } : {}) };
}

export function failed(message: string, mend: string, details?: Details): Found {
  return { level: "error", message, mend, ...(details ? { details } : {}) };
}

/** A URL as it may be shown: without a name, a password, a query and a fragment. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  return url?.host
    ? `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`
    : "what is no URL";
}

/** How long, in words. */
export function spanOf(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} hours` : `${Math.round(seconds / 86_400)} days`;
}
