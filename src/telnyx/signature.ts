/**
 * Is it Telnyx, and is it recent? Ed25519 over `timestamp|raw body`
 * (https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks). The SDK's verifier gives the same
 * verdicts (held to it by a test); this one is synchronous, keeps its keys, knows several, and takes the time.
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** The window the SDK uses, either way. */
const TOLERANCE_SECONDS = 300;
/** 64 bytes in base64. */
const SIGNATURE_FORM = /^[A-Za-z0-9+/]{86}==$/;
/** What stands before the 32 raw bytes in an Ed25519 key's DER (RFC 8410, section 4). */
const ED25519_DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

export interface SignatureHeaders {
  readonly signature: string;
  readonly timestamp: string;
}

export type Verdict = "genuine" | "bad timestamp" | "too old or too new" | "bad signature";

/** Null when one of the two is missing. */
export function signatureHeaders(headers: Headers): SignatureHeaders | null {
  const signature = headers.get("telnyx-signature-ed25519");
  const timestamp = headers.get("telnyx-timestamp");
  return signature && timestamp ? { signature, timestamp } : null;
}

/** From base64 of the 32 raw bytes, as the Telnyx portal shows it (config.ts has looked at its form). */
export function telnyxPublicKey(base64: string): KeyObject {
  const der = Buffer.concat([ED25519_DER_PREFIX, Buffer.from(base64, "base64")]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** Whether the headers could be genuine, before the body is read. `now` in milliseconds since 1970. */
export function judgeForm({ signature, timestamp }: SignatureHeaders, now: number): Verdict {
  if (!/^\d+$/.test(timestamp) || !Number.isSafeInteger(Number(timestamp))) return "bad timestamp";
  if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) return "too old or too new";
  return SIGNATURE_FORM.test(signature) ? "genuine" : "bad signature";
}

/** Whether one of the keys signed it. `now` in milliseconds since 1970. */
export function verifyWebhook(
  keys: readonly KeyObject[],
  headers: SignatureHeaders,
  body: Uint8Array,
  now: number,
): Verdict {
  const form = judgeForm(headers, now);
  if (form !== "genuine") return form;
  const signed = Buffer.concat([Buffer.from(`${headers.timestamp}|`), body]);
  const signature = Buffer.from(headers.signature, "base64");
  return keys.some((key) => verify(null, signed, key, signature)) ? "genuine" : "bad signature";
}
