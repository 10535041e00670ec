/** Whose webhooks are taken, and how Telnyx's API is reached: what recovery needs besides them. */
import { throughProxyOf } from "./proxy.ts";
import type { Environment, Reader } from "./reader.ts";

export interface TelnyxApiConfig {
  readonly apiKey: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** ` through the proxy …`, where requests to it go through one; else nothing. */
  readonly through: string;
}

export interface RecoveryConfig {
  /** Null without a key: nothing is asked of Telnyx then. */
  readonly telnyxApi: TelnyxApiConfig | null;
  /** How often missed webhooks are looked for; 0 never. */
  readonly backfillMs: number;
}

const BASE_URL = "https://api.telnyx.com/v2";
const MINUTE_MS = 60_000;
const MAX_MINUTES = 7 * 24 * 60;

export function readRecovery(read: Reader, env: Environment): RecoveryConfig {
  return {
    telnyxApi: readTelnyxApi(read, env),
    backfillMs: read.number("BACKFILL_MINUTES", 10, 0, MAX_MINUTES) * MINUTE_MS,
  };
}

export function readTelnyxApi(read: Reader, env: Environment): TelnyxApiConfig | null {
  const baseUrl = readBaseUrl(read);
  const apiKey = read.text("TELNYX_API_KEY");
  if (apiKey === null) return null;
  // What no header can carry would fail at each request, with a sentence that repeats it.
  if (!/^[\x21-\x7e]{1,512}$/.test(apiKey)) {
    read.fault(
      "TELNYX_API_KEY",
      "holds what is not 1 to 512 printable ASCII characters without blanks; copy it again from the Telnyx portal, under Keys & Credentials → API Keys",
    );
    return null;
  }
  return { apiKey, baseUrl, through: throughProxyOf(baseUrl, env) };
}

function readBaseUrl(read: Reader): string {
  const text = read.text("TELNYX_BASE_URL");
  if (text === null) return BASE_URL;
  const url = URL.parse(text);
  if (url && /^https?:\/\/[^/?#@\s\\]+(\/[^?#@\s\\]*)?$/i.test(text))
    return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  // What has an @ may have a password, and what is no URL may be a key in the wrong place.
  const shown = text.includes("@") || !url ? "holds what" : `holds ${JSON.stringify(text)}, which`;
  read.fault("TELNYX_BASE_URL", `${shown} is not of the form http(s)://HOST[:PORT]/v2, such as ${BASE_URL}`);
  return BASE_URL;
}

/** Base64 of 32 raw bytes each. */
export function readPublicKeys(read: Reader): string[] {
  const keys = read.list("TELNYX_PUBLIC_KEY");
  for (const key of keys) {
    if (!isPublicKey(key)) {
      read.fault(
        "TELNYX_PUBLIC_KEY",
        `holds ${JSON.stringify(key)}; each key, comma-separated, is base64 of 32 bytes (44 characters), as the Telnyx portal shows it under Keys & Credentials`,
      );
    }
  }
  return keys.filter(isPublicKey);
}

/** Bytes made up by hand, such as all zeros, are a point of small order, for which signatures can be made up. */
function isPublicKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(key) && new Set(Buffer.from(key, "base64")).size >= 8;
}
