/** The parameters of a query, one by one: what is wrong with them is gathered, and told at once. */
import { invalidQuery, queryOf } from "../http/url.ts";
import { wellFormed } from "../message.ts";
import { parseSearch, type Search } from "../search/query.ts";
import { type Cursor, parseCursor } from "../values/cursor.ts";
import { DURATION_FORM, parseDuration } from "../values/duration.ts";
import { NUMBER_FORM, parseQueryNumber, querySenderForm } from "../values/phone.ts";
import { parseTime } from "../values/time.ts";

/** From everything kept, or from what was stored at this time or later (ms since 1970). */
export type Since = "all" | { readonly storedAt: number };

/** Telnyx's senders are numbers, or names of eleven letters. */
export const MAX_FROM = 64;
export const MAX_SEARCH = 500;
/** More numbers than this in one filter are better served without one. */
export const MAX_TO = 200;
export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;
/** No cursor of ours is longer, of whatever kind. */
const MAX_CURSOR = 100;

export class Query {
  readonly #query: URLSearchParams;
  readonly #fields: Record<string, string> = {};

  /**
   * Unknown parameters are ignored, but for another spelling of one of those that narrow what is shown (`to[]`,
   * `To`): ignored, it would show everything. Throws the fault `validation_error` for a query that is too long.
   */
  constructor(request: Request, narrowing: readonly string[] = []) {
    this.#query = queryOf(request);
    if (narrowing.length === 0) return;
    for (const name of this.#query.keys()) {
      const meant = narrowing.includes(name) ? name : bareName(name);
      if (meant !== name && narrowing.includes(meant))
        this.fault(meant, `must be spelled ${meant}, without brackets, and repeated where it is a list`);
    }
  }

  /** The first of this name. */
  get(name: string): string | null {
    return this.#query.get(name);
  }

  fault(name: string, why: string): void {
    this.#fields[name] = why;
  }

  /** Throws the fault `validation_error`, naming each parameter that is at fault. */
  finish(): void {
    if (Object.keys(this.#fields).length > 0) throw invalidQuery(this.#fields);
  }

  /** A parameter that may be given once. */
  one(name: string): string | null {
    const [first, ...more] = this.#query.getAll(name);
    if (more.length > 0) this.fault(name, "may be given once");
    return first ?? null;
  }

  /** An empty one counts as absent, as in the stream. */
  cursor(name: string): string | null {
    const text = this.one(name)?.trim() || null;
    if (text !== null && text.length > MAX_CURSOR) this.fault(name, UNKNOWN_CURSOR);
    return text;
  }

  /** A cursor of the stream. */
  streamCursor(name: string): Cursor | null {
    const text = this.cursor(name);
    const cursor = text === null ? null : parseCursor(text);
    if (text !== null && !cursor) this.fault(name, UNKNOWN_CURSOR);
    return cursor;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | null {
    const text = this.one(name);
    const found = choices.find((choice) => choice === text);
    if (text !== null && !found) this.fault(name, `must be ${choices.join(" or ")}`);
    return found ?? null;
  }

  number(name: string, fallback: number, min: number, max: number, form: RegExp): number {
    const text = this.one(name);
    if (text === null) return fallback;
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.fault(name, `must be a ${form === WHOLE ? "whole number" : "number"} from ${min} to ${max}`);
    return fallback;
  }

  limit(): number {
    return this.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT, WHOLE);
  }

  /** Null without one. Where `isReconnect`, those that are no numbers are left out. */
  to(isReconnect = false): string[] | null {
    const texts = this.#query.getAll("to");
    if (texts.length === 0) return null;
    if (texts.length > MAX_TO) {
      this.fault("to", `may be given at most ${MAX_TO} times`);
      return null;
    }
    const numbers = texts.map(parseQueryNumber);
    if (!isReconnect && numbers.includes(null)) this.fault("to", `must be ${NUMBER_FORM}`);
    return sortedNumbers(numbers);
  }

  /** In the form in which senders are compared. A sender may also be a name, which is taken as it is. */
  from(): string | null {
    const text = this.one("from");
    if (text === null) return null;
    const from = querySenderForm(wellFormed(text));
    if (from === "" || from.length > MAX_FROM)
      this.fault("from", `must be a sender, a number or a name of at most ${MAX_FROM} characters`);
    return from;
  }

  /** An empty one counts as absent. */
  since(now: number): Since | null {
    const text = this.one("since");
    if (text === null || text === "") return null;
    if (text === "all") return "all";
    const durationMs = parseDuration(text);
    const storedAt = durationMs === null ? parseTime(text) : now - durationMs;
    if (storedAt !== null) return { storedAt };
    this.fault("since", `must be ${SINCE_FORM}`);
    return null;
  }

  /** Milliseconds since 1970. */
  until(now: number): number | null {
    const text = this.one("until");
    if (text === null || text === "") return null;
    const durationMs = parseDuration(text);
    const until = durationMs === null ? parseTime(text) : now - durationMs;
    if (until === null)
      this.fault("until", `must be an ISO 8601 time such as 2026-05-22T18:30:00Z, or ${DURATION_FORM}`);
    return until;
  }

  search(): Search | null {
    const text = this.one("q");
    if (text === null) return null;
    if (text.length > MAX_SEARCH) {
      this.fault("q", `may have at most ${MAX_SEARCH} characters`);
      return null;
    }
    const search = parseSearch(text);
    if (!search) this.fault("q", "must hold a letter, a digit or an emoji");
    return search;
  }
}

/** Each once. */
export function sortedNumbers(numbers: readonly (string | null)[]): string[] {
  return [...new Set(numbers.filter((number) => number !== null))].sort();
}

/**
 * `to` of `to[]`, `to[0]`, `to.0`, `to%5B%5D`, `To`, ` to`, `to:` and `amp;to`, and of `filter[to]` and `filter.to`,
 * as others nest them. Linear in the name.
 */
function bareName(name: string): string {
  const parts = name
    .toLowerCase()
    .replace(/^[^a-z]*(amp;)?/, "")
    .replace(/%5[bd]/g, ".")
    .split(/[[\](){}.]+/)
    .map((part) => /^([a-z]+)[^a-z]*$/.exec(part)?.[1] ?? "")
    .filter((part) => part !== "");
  return (parts[0] === "filter" ? parts[1] : parts[0]) ?? "";
}

const SINCE_FORM = "an ISO 8601 time such as 2026-05-22T18:30:00Z, a duration such as 10m, 2h or 7d, or all";
const WHOLE = /^\d{1,9}$/;
export const FRACTION = /^\d{1,9}(\.\d{1,6})?$/;
export const UNKNOWN_CURSOR = "unknown_cursor: must be a cursor that this server gave out";
