/** Checks of what is given on the command line. Each throws commander's error, which ends with exit code 2. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Since } from "../client/connect.ts";
import { isPrivateHost } from "../http/address.ts";
import { SCOPES, type Scope } from "../keys/key.ts";
import { WEBHOOK_PATH } from "../telnyx/webhook.ts";
import { type Cursor, parseCursor } from "../values/cursor.ts";
import { DURATION_FORM, parseDuration } from "../values/duration.ts";
import { NUMBER_FORM, parseNumber, readNumber } from "../values/phone.ts";
import { parseTime } from "../values/time.ts";

const MAX_NAME = 200;
const MAX_PATH = 4_096;
const MAX_URL = 2_048;
const MAX_COMMAND = 100_000;
/** As many as a stream takes. */
const MAX_NUMBERS = 200;
/** Later, a timer would fire at once. */
const MAX_TIMER_MS = 24 * 86_400_000;

export function anId(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw wrong(text, "an id, as the list commands show it");
  return Number(text);
}

/** An id, or a name: which one it is of, the database says. */
export function anIdOrName(text: string): number | string {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : aName(text);
}

export function aNumber(text: string): string {
  const reading = readNumber(text);
  if (reading.number === null) throw wrong(text, NUMBER_FORM, reading.hint);
  return reading.number;
}

/** Whoever sends us a text: a number, or an alphanumeric sender. */
export function aSender(text: string): string {
  const sender = parseNumber(text) ?? (/^[A-Za-z0-9 ]{1,11}$/.test(text) ? text : null);
  if (sender === null)
    throw wrong(text, `${NUMBER_FORM}, or an alphanumeric sender of at most 11 characters`);
  return sender;
}

export function aName(text: string): string {
  const name = text.trim();
  if (name === "" || name.length > MAX_NAME || /\p{Cc}/u.test(name) || !name.isWellFormed()) {
    throw wrong(text, `a name of 1 to ${MAX_NAME} characters without control characters`);
  }
  return name;
}

/** Milliseconds. */
export function aDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw wrong(text, DURATION_FORM);
  return ms;
}

/** Milliseconds, or one of two words. */
export function aRetention(text: string): number | "none" | "default" {
  if (text === "none" || text === "default") return text;
  const ms = parseDuration(text);
  if (!ms) throw wrong(text, `${DURATION_FORM}, none, or default`);
  return ms;
}

/** For what a timer waits, in milliseconds. */
export function aWait(text: string): number {
  const ms = aDuration(text);
  if (ms === 0 || ms > MAX_TIMER_MS) throw wrong(text, "a duration from 1s to 24d");
  return ms;
}

/** Where a stream starts. */
export function aStart(text: string): Since {
  if (text === "all") return text;
  const durationMs = parseDuration(text);
  if (durationMs !== null) return { durationMs };
  const ms = parseTime(text);
  if (ms === null) throw wrong(text, `an ISO 8601 time, ${DURATION_FORM}, or all`);
  return { time: new Date(ms).toISOString() };
}

export function aCursor(text: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor === null) throw wrong(text, "a cursor such as 3f9ab2c1-1041");
  return cursor;
}

/** A point in time, in milliseconds since 1970. */
export function aTime(text: string): number {
  const duration = parseDuration(text);
  const ms = duration === null ? parseTime(text) : Date.now() - duration;
  if (ms === null) throw wrong(text, `an ISO 8601 time, or ${DURATION_FORM}`);
  return ms;
}

export function aLimit(text: string): number {
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 1000) throw wrong(text, "a whole number from 1 to 1000");
  return limit;
}

export function aWorkerCount(text: string): number {
  const count = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 64) throw wrong(text, "a whole number from 1 to 64");
  return count;
}

export function aPort(text: string): string {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535)
    throw wrong(text, "a port from 0 to 65535; 0 takes a free one");
  return text;
}

/** A libSQL URL, which is judged where it is read, or the path of a file. */
export function aDatabase(text: string): string {
  return /^[a-z]+:/i.test(text) ? text : `file:${aPath(text)}`;
}

/** For an option that may be given once. */
export function once(value: string, before?: string): string {
  if (before !== undefined) throw new InvalidArgumentError("It may be given once.");
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return value;
}

export function aMessageId(text: string): string {
  if (!/^msg_[0-9a-zA-Z]{1,64}$/.test(text))
    throw wrong(text, "a message id such as msg_0123…, as messages list shows it");
  return text;
}

export function aServerUrl(text: string): string {
  // A name and a password in it would be shown, and sent along.
  if (!/^https?:\/\/[^?#@\s]+$/.test(text) || !URL.canParse(text))
    throw wrong(text, "a URL such as http://127.0.0.1:3000");
  return text;
}

/**
 * Where Telnyx is to send: the address of the server, or of its webhook. Plain http only where nobody else is on the
 * way.
 */
export function aWebhookUrl(text: string): string {
  const form = "a URL such as https://sms.example.com, without a user, a query or a fragment";
  const url = URL.parse(text);
  if (!url || text.length > MAX_URL || !/^https?:\/\/[^/?#@\s\\]+(\/[^?#@\s\\]*)?$/i.test(text))
    throw wrong(text, form);
  if (url.protocol === "http:" && !isPrivateHost(url.hostname))
    throw wrong(
      text,
      "an https URL; plain http, which everybody on the way can read, goes to private addresses",
    );
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path.endsWith(WEBHOOK_PATH) ? path : `${path}${WEBHOOK_PATH}`}`;
}

export function aPath(text: string): string {
  if (text === "" || text.length > MAX_PATH || text.includes("\0")) throw wrong(text, "the path of a file");
  return text;
}

/** A line for the shell. */
export function aShellLine(text: string): string {
  if (text.trim() === "" || text.length > MAX_COMMAND || text.includes("\0"))
    throw wrong(text.slice(0, 100), `a command of 1 to ${MAX_COMMAND} characters`);
  return text;
}

/** For a repeatable --to: each once, in the order given. */
export function someNumbers(text: string, before: readonly string[] = []): readonly string[] {
  const number = aNumber(text);
  if (before.length === MAX_NUMBERS) throw new InvalidArgumentError(`At most ${MAX_NUMBERS} are possible.`);
  return before.includes(number) ? before : [...before, number];
}

/** For a repeatable --scope: each once, in the order given. */
export function someScopes(text: string, before: Scope[] = []): Scope[] {
  const scope = SCOPES.find((known) => known === text);
  if (!scope) throw wrong(text, `one of the scopes ${SCOPES.join(", ")}`);
  return before.includes(scope) ? before : [...before, scope];
}

/** Behind `allowed` may stand what is meant instead. */
function wrong(text: string, allowed: string, hint = ""): InvalidArgumentError {
  return new InvalidArgumentError(`${JSON.stringify(text)} is not ${allowed}${hint || "."}`);
}
