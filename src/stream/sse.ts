/** The bytes of the stream. Each frame is whole, ends with an empty line, and holds its data on one line. */
import { asItIs, type Show, type StoredMessage } from "../message.ts";
import { formatCursor } from "../values/cursor.ts";

export const CLOSING_REASONS = ["max_duration", "shutdown", "revoked", "expired", "overloaded"] as const;
export type ClosingReason = (typeof CLOSING_REASONS)[number];
export const GAP_REASONS = ["unknown_cursor", "ahead", "expired"] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** What a client waits before it comes back, unless `closing` says otherwise. */
const RETRY_MS = 2_000;
/** The most that {@link retryAfterClosing} ever says. */
export const MAX_RETRY_MS = 15_000;

const encoder = new TextEncoder();

/** A comment: clients ignore it, and everything between them and us sees that the connection lives. */
export const HEARTBEAT = encoder.encode(": heartbeat\n\n");

/** The first bytes of every stream. `data` has exactly these two fields. */
export function connectedFrame(id: string, clientId: string, timestamp: number): Uint8Array {
  const data = JSON.stringify({ clientId, timestamp });
  return encoder.encode(`retry: ${RETRY_MS}\nid: ${id}\nevent: connected\ndata: ${data}\n\n`);
}

/** `show`: the message as everyone outside sees it. */
export function messageFrame(
  epoch: string,
  { seq, message }: StoredMessage,
  show: Show = asItIs,
): Uint8Array {
  const data = JSON.stringify(show(message));
  return encoder.encode(`id: ${formatCursor(epoch, seq)}\nevent: sms_received\ndata: ${data}\n\n`);
}

/** No id: what the client resumes from must not change by it. */
export function gapFrame(reason: GapReason, oldest: string | null): Uint8Array {
  return encoder.encode(`event: gap\ndata: ${JSON.stringify({ reason, oldest })}\n\n`);
}

export function caughtUpFrame(id: string, timestamp: number): Uint8Array {
  return encoder.encode(`id: ${id}\nevent: caught_up\ndata: ${JSON.stringify({ timestamp })}\n\n`);
}

/** The last frame. `retry:` tells it to an `EventSource`, `retry_ms` to everyone who reads. */
export function closingFrame(reason: ClosingReason, retryMs: number): Uint8Array {
  const data = JSON.stringify({ reason, retry_ms: retryMs });
  return encoder.encode(`retry: ${retryMs}\nevent: closing\ndata: ${data}\n\n`);
}

/**
 * How long a client is to wait, in ms. After the usual end it comes back soon; where everybody is sent away at
 * once, the waits are spread, so that they do not come back at once.
 */
export function retryAfterClosing(reason: ClosingReason, random: () => number): number {
  switch (reason) {
    case "max_duration":
      return Math.round(250 + 1_750 * random());
    case "shutdown":
      return Math.round(1_000 + 4_000 * random());
    case "overloaded":
      return Math.round(2_000 + (MAX_RETRY_MS - 2_000) * random());
    case "revoked":
    case "expired":
      return RETRY_MS;
  }
}

export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  const [only] = frames;
  return frames.length === 1 && only ? only : Buffer.concat(frames);
}

const CLIENT_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** `sms-<account id>-<timestamp>-<7 of a-z0-9>`: names this connection in both sides' logs. */
export function clientId(accountId: number, timestamp: number, random: () => number): string {
  let suffix = "";
  for (let i = 0; i < 7; i++) suffix += CLIENT_ID_ALPHABET[Math.floor(random() * CLIENT_ID_ALPHABET.length)];
  return `sms-${accountId}-${timestamp}-${suffix}`;
}
