/** Checks of what is given on the command line. Each throws commander's error, which ends with exit code 2. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { NUMBER_FORM, parseNumber } from "../directory/phone.ts";
import { DURATION_FORM, parseDuration } from "../duration.ts";
import { SCOPES, type Scope } from "../keys/key.ts";
import { parseTime } from "../time.ts";

const LONGEST_NAME = 200;

export function anId(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw wrong(text, "an id, as the list commands show it");
  return Number(text);
}

export function aNumber(text: string): string {
  const number = parseNumber(text);
  if (number === null) throw wrong(text, NUMBER_FORM);
  return number;
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
  if (name === "" || name.length > LONGEST_NAME || /\p{Cc}/u.test(name) || !name.isWellFormed()) {
    throw wrong(text, `a name of 1 to ${LONGEST_NAME} characters without control characters`);
  }
  return name;
}

/** Milliseconds. */
export function aDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw wrong(text, DURATION_FORM);
  return ms;
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

export function aMessageId(text: string): string {
  if (!/^msg_[0-9a-zA-Z]{1,64}$/.test(text))
    throw wrong(text, "a message id such as msg_0123…, as messages list shows it");
  return text;
}

export function aServerUrl(text: string): string {
  if (!/^https?:\/\/[^?#]+$/.test(text) || !URL.canParse(text))
    throw wrong(text, "a URL such as http://127.0.0.1:3000");
  return text;
}

/** For a repeatable --scope: each once, in the order given. */
export function someScopes(text: string, before: Scope[] = []): Scope[] {
  const scope = SCOPES.find((known) => known === text);
  if (!scope) throw wrong(text, `one of the scopes ${SCOPES.join(", ")}`);
  return before.includes(scope) ? before : [...before, scope];
}

function wrong(text: string, allowed: string): InvalidArgumentError {
  return new InvalidArgumentError(`${JSON.stringify(text)} is not ${allowed}.`);
}
