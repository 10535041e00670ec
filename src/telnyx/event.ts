/**
 * Telnyx's event → our messages, or "not one". Of the payload (`MessagingInboundMessagePayload` in the SDK) every
 * field is optional, and real ones differ from the types; so everything is looked at before it is believed, and
 * every string is made well-formed as it is read.
 */
import { hash } from "node:crypto";
import type { Telnyx } from "telnyx";
import { type InboundMessage, type Media, type Message, wellFormed } from "../message.ts";
import { parseNumber } from "../values/phone.ts";
import { parseTime } from "../values/time.ts";

export type Parsed =
  | { readonly kind: "messages"; readonly messages: readonly InboundMessage[] }
  /** Not a text message: nothing is kept. */
  | { readonly kind: "ignored" }
  /** It says that a message was received, and we cannot tell which: it is kept as it came. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** The event names and payload fields that are looked at, as the SDK spells them. */
type Event = NonNullable<Telnyx.InboundMessageWebhookEvent["data"]>;
type EventField = keyof Event;
type PayloadField = keyof NonNullable<Event["payload"]> | "autoresponse_type" | "is_spam";
/** Its optional fields are added one by one, where they are there. */
type Draft = { -readonly [Name in keyof Message]: Message[Name] };
type Fields<Name extends string> = Readonly<Partial<Record<Name, unknown>>>;

/** A group MMS has at most eight recipients; more than this is not a text message. */
const MAX_RECIPIENTS = 50;
/** Each may be written in several ways. Reading a number takes 10 µs or more, and a body has room for 100,000. */
const MAX_WRITTEN = 200;
/** E.164 has 16 characters; what is longer is no recipient of ours. */
const MAX_RECIPIENT = 64;
/** The end of the year 9999, where ISO 8601 changes its form. */
const LAST_TIME = 253_402_300_799_999;

/**
 * `raw` is the body that `json` was read from: where no id is given, its hash stands for one. `now` is the time
 * of receipt where Telnyx names none, in milliseconds since 1970.
 */
export function parseEvent(json: unknown, raw: Uint8Array, now: number): Parsed {
  const event = fields<EventField>(fields<"data">(json).data);
  if (event.event_type !== "message.received") return { kind: "ignored" };
  const payload = fields<PayloadField>(event.payload);
  const type = typeof payload.type === "string" ? identifier(payload.type) : (payload.type ?? null);
  if (typeof type === "string" && !/^[SM]MS$/i.test(type)) return { kind: "ignored" };
  if (type !== null && typeof type !== "string") return unreadable("its type is not a string");

  const written = new Set(list(payload.to).map(phoneNumber).filter(isRecipient));
  const recipients = written.size > MAX_WRITTEN ? [] : [...new Set([...written].map(inOneForm))];
  if (written.size === 0) return unreadable("it has no recipient");
  if (written.size > MAX_WRITTEN || recipients.length > MAX_RECIPIENTS)
    return unreadable(`it has more than ${MAX_RECIPIENTS} recipients`);
  if (payload.text != null && typeof payload.text !== "string") return unreadable("its text is not a string");

  const telnyx_id = identifier(payload.id) ?? identifier(event.id) ?? hashOf(raw);
  const from = phoneNumber(Array.isArray(payload.from) ? payload.from[0] : payload.from) ?? "";
  const body = string(payload.text) ?? "";
  const received_at = new Date(time(payload.received_at) ?? time(event.occurred_at) ?? now).toISOString();
  const subject = string(payload.subject) ?? "";
  const attached = list(payload.media).flatMap((value) => {
    const found = medium(value);
    return found === null ? [] : [{ medium: found, hash: hashOfMedium(value) }];
  });
  const media = attached.map(({ medium }) => medium);
  const cc = list(payload.cc)
    .map(phoneNumber)
    .filter((each) => each !== null);
  const keyword = identifier(payload.autoresponse_type);
  const messages = recipients.map((to) => {
    const message: Draft = { message_id: messageId(telnyx_id, to), from, to, body, received_at };
    if (subject.trim() !== "") message.subject = subject;
    if (media.length > 0) message.media = media;
    if (cc.length > 0) message.cc = cc;
    if (keyword !== null) message.keyword = keyword;
    if (payload.is_spam === true) message.spam = true;
    const hashes = attached.some(({ hash }) => hash !== null) ? attached.map(({ hash }) => hash) : null;
    return hashes === null ? { telnyx_id, message } : { telnyx_id, message, hashes };
  });
  return { kind: "messages", messages };
}

/** Stable for the same message and recipient, however and however often Telnyx sends it. */
export function messageId(telnyxId: string, recipient: string): string {
  return `msg_${hash("sha256", `${telnyxId}\n${recipient}`).slice(0, 32)}`;
}

function unreadable(reason: string): Parsed {
  return { kind: "unreadable", reason };
}

/** The fields of an object; of anything else, none. */
function fields<Name extends string>(value: unknown): Fields<Name> {
  return (typeof value === "object" && value !== null ? value : {}) as Fields<Name>;
}

/** What should be an array and may be one value of it, or missing. */
function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

function string(value: unknown): string | null {
  return typeof value === "string" ? wellFormed(value) : null;
}

/** A non-empty text without blanks around it; a number that kept all its digits counts as them. */
function identifier(value: unknown): string | null {
  return (Number.isSafeInteger(value) ? String(value) : string(value))?.trim() || null;
}

/** Of `"+1…"` and of `{ phone_number: "+1…" }`. */
function phoneNumber(value: unknown): string | null {
  return (string(value) ?? string(fields<"phone_number">(value).phone_number))?.trim() || null;
}

function isRecipient(value: string | null): value is string {
  return value !== null && value.length <= MAX_RECIPIENT;
}

/** As the table of numbers spells it; what is no number stays as it is. */
function inOneForm(recipient: string): string {
  return parseNumber(recipient) ?? recipient;
}

/** Of `"https://…"` and of `{ url: "https://…" }`. One whose address is missing was sent all the same. */
function medium(value: unknown): Media | null {
  const media = fields<"url" | "content_type" | "size">(value);
  const url = identifier(value) ?? identifier(media.url);
  const content_type = identifier(media.content_type);
  const size =
    typeof media.size === "number" && Number.isSafeInteger(media.size) && media.size >= 0 ? media.size : null;
  if (url === null && content_type === null && size === null) return null;
  return {
    url: url ?? "",
    ...(content_type === null ? {} : { content_type }),
    ...(size === null ? {} : { size }),
  };
}

/** Its SHA-256, where 64 hexadecimal digits are given. Telnyx's pages write its name in two ways. */
function hashOfMedium(value: unknown): string | null {
  const { sha256, hash_sha256 } = fields<"sha256" | "hash_sha256">(value);
  const text = (identifier(sha256) ?? identifier(hash_sha256) ?? "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(text) ? text : null;
}

/** Milliseconds since 1970 of an ISO 8601 time with its offset. */
function time(value: unknown): number | null {
  const ms = parseTime(identifier(value) ?? "");
  return ms !== null && ms >= 0 && ms <= LAST_TIME ? ms : null;
}

function hashOf(raw: Uint8Array): string {
  return `sha256:${hash("sha256", raw)}`;
}
