/** Makes a message of what Telnyx's API says of a text, read by the same rules as a webhook. */
import type { InboundMessage } from "../../message.ts";
import { parseNumber } from "../../values/phone.ts";
import { parseTime } from "../../values/time.ts";
import type { Delivery } from "../deliveries.ts";
import { parseEvent } from "../event.ts";
import type { DetailRecord } from "../records.ts";

/** What is known of a text even when the rest cannot be read. These tell whose it is. */
export interface Traits {
  /** Telnyx's id of the message; null when it has none. */
  readonly id: string | null;
  readonly recipients: readonly string[];
  readonly from: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly profileId: string | null;
  readonly urls: readonly string[];
}

export type Candidate = Traits &
  (
    | { readonly kind: "text"; readonly messages: readonly InboundMessage[]; readonly isRedacted: boolean }
    | { readonly kind: "ignored" }
    /** It has no id, so that what its webhook was stored as cannot be found. */
    | { readonly kind: "nameless" }
    /** `body` is what the webhook would have held. */
    | { readonly kind: "unreadable"; readonly body: string; readonly why: string }
  );

/** `otherwise` is the time of a text that has none of its own, in ms since 1970. */
export function readDelivery(delivery: Delivery, otherwise: number): Candidate {
  const { event, urls, startedAt } = delivery;
  return read(event, urls, parseTime(startedAt ?? "") ?? otherwise, null);
}

/** Reads the answer for one message. Null when it is about another message, or about one that was not received. */
export function readFetched(json: unknown, record: DetailRecord, otherwise: number): Candidate | null {
  const payload = object(object(json).data);
  if (payload.id !== record.id || payload.direction === "outbound") return null;
  const at = record.createdAt ?? otherwise;
  const event = { event_type: "message.received", occurred_at: new Date(at).toISOString(), payload };
  return read(event, record.urls, at, record.from);
}

/** `sender` is the sender by another of Telnyx's lists; null when there is none. */
function read(event: Fields, urls: readonly string[], at: number, sender: string | null): Candidate {
  const payload = object(event.payload);
  const body = JSON.stringify({ data: event });
  const parsed = parseEvent({ data: event }, new TextEncoder().encode(body), at);
  const to = Array.isArray(payload.to) ? payload.to : [payload.to];
  const traits: Traits = {
    id: text(payload.id) ?? text(event.id),
    recipients: to
      .map((each) => text(each) ?? text(object(each).phone_number))
      .filter((each) => each !== null),
    from: text(object(payload.from).phone_number) ?? "",
    at,
    profileId: text(payload.messaging_profile_id),
    urls,
  };
  // Not even the kind of event is known: the record of the text may say more.
  if (text(event.event_type) === null) return { ...traits, kind: "nameless" };
  if (parsed.kind === "ignored") return { ...traits, kind: "ignored" };
  if (parsed.kind === "unreadable") return { ...traits, kind: "unreadable", body, why: parsed.reason };
  const [first] = parsed.messages;
  if (!first || traits.id === null) return { ...traits, kind: "nameless" };
  const { message } = first;
  const isEmpty = message.body === "" && !message.media && !message.subject;
  const isStrange = sender === null ? !isSender(message.from) : form(message.from) !== form(sender);
  return {
    ...traits,
    kind: "text",
    recipients: parsed.messages.map((each) => each.message.to),
    at: Date.parse(message.received_at),
    messages: parsed.messages.map((each) => ({ ...each, message: { ...each.message, recovered: true } })),
    // Telnyx hides this text from its API, but may still send it: stored like this, the webhook would be a duplicate.
    isRedacted: isMasked(message.from) || (isEmpty && isStrange),
  };
}

/** Whether a sender is hidden: marks in place of digits, or a word that says so. */
function isMasked(from: string): boolean {
  return parseNumber(from) === null && /[*•#]|\d[xX]{2,}|[xX]{3,}\d|^[xX]{4,}$|redacted|hidden/i.test(from);
}

/** A number, or a name of at most 11 letters and digits. */
function isSender(from: string): boolean {
  return parseNumber(from) !== null || /^[A-Za-z0-9 ]{1,11}$/.test(from);
}

function form(number: string): string {
  return parseNumber(number) ?? number;
}

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value.trim() || null : null;
}
