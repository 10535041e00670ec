/** `POST /api/v1/sms/stream/tickets`: a ticket with which a browser's own `EventSource` opens a stream. */
import type { Database } from "../database/open.ts";
import { ownedAmong } from "../directory/numbers.ts";
import { Fault, unavailable } from "../errors.ts";
import { readBody } from "../http/body.ts";
import type { Access } from "../keys/access.ts";
import type { Guard } from "../keys/authenticator.ts";
import { createTicket, MOST_TICKETS_PER_KEY } from "../keys/ticket.ts";
import { log, shownError } from "../log/log.ts";
import { withDeadline } from "../platform/deadline.ts";
import { Rate } from "../platform/tokenbucket.ts";
import { tooMany } from "../stream/limits.ts";
import { NUMBER_FORM, parseNumber } from "../values/phone.ts";
import { MOST_TO, Query, sortedNumbers } from "./parameters.ts";

export interface IssueDeps {
  readonly database: Database;
  readonly guard: Guard;
  /** Whose tickets are made how fast: each costs a synced write. */
  readonly rate: Rate<number>;
  /** What the address of the stream starts with; null when nobody said. Never made from the `Host` header. */
  readonly publicUrl: string | null;
  readonly now: () => number;
}

interface WantedTicket {
  readonly ttlSeconds: number;
  readonly to: readonly string[] | null;
}

export const DEFAULT_TTL_SECONDS = 3_600;
export const LONGEST_TTL_SECONDS = 86_400;
/** As many numbers as a ticket may name, ten times over. */
const MOST_BYTES = 64 * 1024;
const BODY_DEADLINE_MS = 5_000;
const DEADLINE_MS = 5_000;
const FIELDS = ["ttl_seconds", "to"];

/** One key makes ten tickets a second, and a hundred at once. */
export function ticketRate(steady: () => number): Rate<number> {
  return new Rate({ perSecond: 10, burst: 100, now: steady });
}

/**
 * Throws the faults `unauthorized`, `forbidden`, `validation_error`, `payload_too_large`, `rate_limited` and
 * `unavailable`.
 */
export async function issueTicket(deps: IssueDeps, request: Request): Promise<Response> {
  const { guard, now, publicUrl } = deps;
  const access = await guard.authenticate(request, "sms:read");
  refuseQuery(request);
  const body = await withDeadline(readBody(request, MOST_BYTES), BODY_DEADLINE_MS, tooLate);
  const { ttlSeconds, to } = readWanted(body);
  const expiresAt = now() + ttlSeconds * 1000;
  const issuing = guard.handOver(access, "sms:read", (present) => store(deps, present, to, expiresAt));
  const ticket = await withDeadline(issuing, DEADLINE_MS, () => uncreated(new Error("no answer in time")));
  const url = `${publicUrl ?? ""}/api/v1/sms/stream?ticket=${ticket}`;
  const data = { ticket, expires_at: new Date(expiresAt).toISOString(), url };
  return guard.handOver(access, "sms:read", () =>
    Response.json({ data }, { status: 201, headers: { "cache-control": "no-store" } }),
  );
}

async function store(
  { database, rate, now }: IssueDeps,
  { keyId, sees }: Access,
  to: readonly string[] | null,
  expiresAt: number,
): Promise<string> {
  try {
    const seen = to && (await ownedAmong(database, to, sees));
    if (to?.some((number) => !seen?.has(number)))
      throw invalid({ to: "must be numbers that this API key sees" });
    if (!rate.take(keyId)) throw tooMany("This API key creates tickets too fast.", 1);
    const ticket = await createTicket(database, { keyId, to, expiresAt }, now());
    if (ticket === null)
      throw tooMany(`This API key has ${MOST_TICKETS_PER_KEY} tickets, as many as it may.`, 60);
    return ticket;
  } catch (error) {
    throw error instanceof Fault ? error : uncreated(error);
  }
}

/** A ticket for all numbers is not what `?to=` asked for. Throws the fault `validation_error`. */
function refuseQuery(request: Request): void {
  const query = new Query(request, FIELDS);
  for (const name of FIELDS) if (query.get(name) !== null) query.fault(name, "belongs in the body, as JSON");
  query.finish();
}

/** An empty body asks for what an empty object asks for. Throws the fault `validation_error`. */
function readWanted(bytes: Uint8Array): WantedTicket {
  const wanted = bytes.length === 0 ? {} : parseObject(bytes);
  const fields: Record<string, string> = {};
  if (Object.keys(wanted).some((name) => !FIELDS.includes(name)))
    fields.body = `may hold ${FIELDS.join(" and ")}, and nothing else`;
  const ttlSeconds = readTtl(wanted.ttl_seconds, fields);
  const to = readTo(wanted.to, fields);
  if (Object.keys(fields).length > 0) throw invalid(fields);
  return { ttlSeconds, to };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown = null;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Nothing of what was sent is repeated.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid({ body: "must be a JSON object, or empty" });
  return value as Record<string, unknown>;
}

function readTtl(value: unknown, fields: Record<string, string>): number {
  if (value === undefined) return DEFAULT_TTL_SECONDS;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= LONGEST_TTL_SECONDS)
    return value;
  fields.ttl_seconds = `must be a whole number from 1 to ${LONGEST_TTL_SECONDS}`;
  return DEFAULT_TTL_SECONDS;
}

function readTo(value: unknown, fields: Record<string, string>): string[] | null {
  if (value === undefined) return null;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [];
  if (texts.length === 0 || texts.length > MOST_TO) {
    fields.to = `must be a list of 1 to ${MOST_TO} numbers`;
    return null;
  }
  const numbers = texts.map((text) => (typeof text === "string" ? parseNumber(text) : null));
  if (numbers.includes(null)) fields.to = `must be numbers, each ${NUMBER_FORM}`;
  return sortedNumbers(numbers);
}

function invalid(fields: Record<string, string>): Fault {
  return new Fault("validation_error", "The body is not valid.", { fields });
}

function tooLate(): Fault {
  return new Fault("validation_error", "The body did not arrive in time.");
}

function uncreated(cause: unknown): Fault {
  log.error("a ticket could not be created", shownError(cause));
  return unavailable(cause);
}
