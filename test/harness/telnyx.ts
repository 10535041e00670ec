/** Plays Telnyx: a key pair, events as it phrases them, signatures as it makes them. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

export interface TelnyxKey {
  readonly privateKey: KeyObject;
  /** As TELNYX_PUBLIC_KEY takes it. */
  readonly publicKey: string;
}

export function telnyxKey(): TelnyxKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ format: "der", type: "spki" });
  return { privateKey, publicKey: der.subarray(der.length - 32).toString("base64") };
}

/** A `message.received` event of type SMS; `payload` replaces or adds fields of the payload. */
export function smsEvent(to: string, text: string, payload: Record<string, unknown> = {}) {
  const time = new Date().toISOString();
  return {
    data: {
      event_type: "message.received",
      id: randomUUID(),
      occurred_at: time,
      payload: {
        direction: "inbound",
        from: { phone_number: "+13125550001" },
        id: randomUUID(),
        media: [],
        received_at: time,
        record_type: "message",
        text,
        to: [{ phone_number: to }],
        type: "SMS",
        ...payload,
      },
      record_type: "event",
    },
    meta: { attempt: 1, delivered_to: "https://example.com/webhooks" },
  };
}

/** The headers Telnyx would send with this body. `at` is in milliseconds since 1970. */
export function signedHeaders(
  key: TelnyxKey,
  body: string | Uint8Array,
  at = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signed = Buffer.concat([Buffer.from(`${timestamp}|`), Buffer.from(body as Uint8Array)]);
  return {
    "content-type": "application/json",
    "telnyx-signature-ed25519": sign(null, signed, key.privateKey).toString("base64"),
    "telnyx-timestamp": timestamp,
  };
}

/** Sends an event, or a body as it is, to a server's webhook. */
export function sendWebhook(url: string, key: TelnyxKey, event: unknown): Promise<Response> {
  const body = typeof event === "string" ? event : JSON.stringify(event);
  return fetch(`${url}/webhooks/telnyx`, { method: "POST", headers: signedHeaders(key, body), body });
}

/** Sends an event and resolves to its outcome. Throws unless it was answered 200. */
export async function deliver(url: string, key: TelnyxKey, event: unknown): Promise<string> {
  const response = await sendWebhook(url, key, event);
  if (response.status !== 200)
    throw new Error(`the webhook was answered ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: { outcome: string } };
  return data.outcome;
}
