/**
 * The account's numbers at Telnyx, and which of them receive texts. A number's status is about voice: one that was
 * ported out for calls may still be hosted for messaging, so three lists are read and joined.
 */
import { parseNumber } from "../values/phone.ts";
import { textOf } from "./answer.ts";
import type { Call, TelnyxClient } from "./client.ts";
import { TelnyxFailure } from "./failure.ts";
import type { Row } from "./list.ts";
import { readWhole } from "./whole.ts";

export interface TelnyxNumber {
  readonly kind: "phone_number" | "short_code";
  /** In the form in which it is stored here; null where it cannot be a number. */
  readonly number: string | null;
  /** As Telnyx writes it. */
  readonly text: string;
  /** Of `/phone_numbers`, such as `active`; null for what is not in that list. */
  readonly status: string | null;
  /** The messaging profile; null where it has none, or Telnyx does not say. */
  readonly profileId: string | null;
  /** Whether texts to it arrive at this account, profile or not. */
  readonly isAlive: boolean;
}

/** The most that there may be. */
const ROWS = 250;
/** 100,000 numbers. */
const MAX_PAGES = 400;
const RECEIVING = ["active", "port-out-pending"];
/** For voice, that is. */
const GONE = "ported-out";
/** No number is as long, however it is written. */
const MAX_TEXT = 100;
/** Told in place of an id where Telnyx cannot look it up. */
const UNAVAILABLE = "UNAVAILABLE";

interface Entry {
  readonly text: string;
  readonly status: string | null;
  readonly profileId: string | null;
  readonly isShortCode: boolean;
}

/** Of all three lists, each number once, in no order. Throws {@link TelnyxFailure} unless each was read to its end. */
export async function readNumbers(client: TelnyxClient): Promise<readonly TelnyxNumber[]> {
  const page = (number: number) => ({ "page[number]": number, "page[size]": ROWS });
  const list = (what: string, page: (telnyx: Sdk, number: number) => ReturnType<Call>, keep: Keep) =>
    readWhole(client, { what, page, keep, maxPages: MAX_PAGES });
  // Without a filter by status, which would hide what only messaging has kept.
  const phones = await list("phone numbers", (telnyx, n) => telnyx.phoneNumbers.list(page(n)), toPhoneNumber);
  const messaging = await list(
    "numbers' messaging settings",
    (telnyx, n) => telnyx.phoneNumbers.messaging.list(page(n)),
    toMessagingNumber,
  );
  const codes = await list("short codes", (telnyx, n) => telnyx.shortCodes.list(page(n)), toShortCode);
  return joined(phones, messaging, codes);
}

type Sdk = Parameters<Call>[0];
type Keep = (row: Row) => Entry;

/** One pass over all entries. */
function joined(
  phones: readonly Entry[],
  messaging: readonly Entry[],
  codes: readonly Entry[],
): TelnyxNumber[] {
  const all = new Map<string, Found>();
  const add = (list: keyof Found, entries: readonly Entry[]) => {
    for (const entry of entries) {
      const key = ourForm(entry.text) ?? entry.text;
      const found = all.get(key) ?? { phones: [], messaging: [], codes: [] };
      found[list].push(entry);
      all.set(key, found);
    }
  };
  add("phones", phones);
  add("messaging", messaging);
  add("codes", codes);
  return [...all.values()].map(toNumber);
}

/** What the lists say of one number. The same one may be there twice: given back once, and bought again. */
interface Found {
  readonly phones: Entry[];
  readonly messaging: Entry[];
  readonly codes: Entry[];
}

function toNumber({ phones, messaging, codes }: Found): TelnyxNumber {
  const all = [...messaging, ...phones, ...codes];
  const text = all[0]?.text ?? "";
  const statuses = phones.map(({ status }) => status ?? "");
  const best = [...RECEIVING, GONE].find((status) => statuses.includes(status));
  const hasMessaging = messaging.some(({ profileId }) => profileId !== null);
  const isHosted = hasMessaging && (phones.length === 0 || best === GONE);
  const isShortCode = codes.length > 0 || messaging.some((entry) => entry.isShortCode);
  return {
    kind: isShortCode ? "short_code" : "phone_number",
    number: ourForm(text),
    text,
    status: best ?? statuses[0] ?? null,
    profileId: all.find(({ profileId }) => profileId !== null)?.profileId ?? null,
    isAlive: (best !== undefined && best !== GONE) || isHosted || codes.length > 0,
  };
}

/** Some of Telnyx's lists leave out the plus. */
function ourForm(text: string): string | null {
  return parseNumber(text) ?? (/^\d{7,15}$/.test(text) ? parseNumber(`+${text}`) : null);
}

function toPhoneNumber(row: Row): Entry {
  const status = textOf(row.status);
  if (status === null) throw noNumber("a phone number without a status");
  return entry(row, row.phone_number, status);
}

function toMessagingNumber(row: Row): Entry {
  return entry(row, row.phone_number, null, /^short-?code$/.test(textOf(row.type) ?? ""));
}

function toShortCode(row: Row): Entry {
  return entry(row, row.short_code, null, true);
}

function entry(row: Row, number: unknown, status: string | null, isShortCode = false): Entry {
  const text = textOf(number);
  if (text === null || text.length > MAX_TEXT) throw noNumber("an entry without a number");
  const profileId = textOf(row.messaging_profile_id);
  return { text, status, profileId: profileId === UNAVAILABLE ? null : profileId, isShortCode };
}

function noNumber(what: string): TelnyxFailure {
  return new TelnyxFailure("unreadable", `Telnyx's list of numbers holds ${what}`);
}
