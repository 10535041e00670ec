/** `POST /api/v1/sms/stream/tickets`: a ticket with which a browser's own `EventSource` opens a stream. */
import type { Database } from "../database/open.ts";
import { ownedAmong } from "../directory/numbers.ts";
import { ApiError, unavailable } from "../errors.ts";
import { readBody } from "../http/body.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import type { Principal } from "../keys/principal.ts";
import { createTicket, MAX_TICKETS_PER_KEY } from "../keys/ticket.ts";
import { errorFields, log } from "../log/log.ts";
import { withDeadline } from "../platform/deadline.ts";
import { limitHits } from "../platform/limithits.ts";
import { TokenBucket } from "../platform/tokenbucket.ts";
import { tooMany } from "../stream/limits.ts";
import { NUMBER_FORM, parseNumber } from "../values/phone.ts";
import { MAX_TO, Query, sortedNumbers } from "./parameters.ts";

export interface IssueDeps {
  readonly database: Database;
  readonly authenticator: Authenticator;
  /** Whose tickets are made how fast: each costs a synced write. */
  readonly rate: TokenBucket<number>;
  /** What the address of the stream starts with; null when nobody said. Never made from the `Host` header. */
  readonly publicUrl: string | null;
  readonly now: () => number;
}

interface WantedTicket {
  readonly ttlSeconds: number;
  readonly to: readonly string[] | null;
}

export const DEFAULT_TTL_SECONDS = 3_600;
export const MAX_TTL_SECONDS = 86_400;
/** As many numbers as a ticket may name, ten times over. */
const MAX_BYTES = 64 * 1024;
const BODY_DEADLINE_MS = 5_000;
const DEADLINE_MS = 5_000;
const FIELDS = ["ttl_seconds", "to"];

/** One key makes ten tickets a second, and a hundred at once. */
export function ticketRate(monotonic: () => number): TokenBucket<number> {
  return new TokenBucket({ perSecond: 10, burst: 100, now: monotonic });
}

/**
 * Throws the faults `unauthorized`, `forbidden`, `validation_error`, `payload_too_large`, `rate_limited` and
 * `unavailable`.
 */
export async function issueTicket(deps: IssueDeps, request: Request): Promise<Response> {
  const { authenticator, now, publicUrl } = deps;
  const principal = await authenticator.authenticate(request, "sms:read");
  refuseQuery(request);
  const body = await withDeadline(readBody(request, MAX_BYTES), BODY_DEADLINE_MS, tooLate);
  const { ttlSeconds, to } = readWanted(body);
  const expiresAt = now() + ttlSeconds * 1000;
  const issuing = authenticator.handOver(principal, "sms:read", (present) =>
    store(deps, present, to, expiresAt),
  );
  const ticket = await withDeadline(issuing, DEADLINE_MS, () => uncreated(new Error("no answer in time")));
  const url = `${publicUrl ?? ""}/api/v1/sms/stream?ticket=${ticket}`;
  const data = { ticket, expires_at: new Date(expiresAt).toISOString(), url };
  return authenticator.handOver(principal, "sms:read", () =>
    Response.json({ data }, { status: 201, headers: { "cache-control": "no-store" } }),
  );
}

async function store(
  { database, rate, now }: IssueDeps,
  { keyId, accountIds }: Principal,
  to: readonly string[] | null,
  expiresAt: number,
): Promise<string> {
  try {
    const seen = to && (await ownedAmong(database, to, accountIds));
    if (to?.some((number) => !seen?.has(number)))
      throw invalid({ to: "must be numbers that this API key sees" });
    if (!rate.take(keyId)) throw refused("This API key creates tickets too fast.", 1);
    const ticket = await createTicket(database, { keyId, to, expiresAt }, now());
    if (ticket === null)
      throw refused(`This API key has ${MAX_TICKETS_PER_KEY} tickets, as many as it may.`, 60);
    return ticket;
  } catch (error) {
    throw error instanceof ApiError ? error : uncreated(error);
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
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TTL_SECONDS)
    return value;
  fields.ttl_seconds = `must be a whole number from 1 to ${MAX_TTL_SECONDS}`;
  return DEFAULT_TTL_SECONDS;
}

function readTo(value: unknown, fields: Record<string, string>): string[] | null {
  if (value === undefined) return null;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [];
  if (texts.length === 0 || texts.length > MAX_TO) {
    fields.to = `must be a list of 1 to ${MAX_TO} numbers`;
    return null;
  }
  const numbers = texts.map((text) => (typeof text === "string" ? parseNumber(text) : null));
  if (numbers.includes(null)) fields.to = `must be numbers, each ${NUMBER_FORM}`;
  return sortedNumbers(numbers);
}

function refused(what: string, retryAfterSeconds: number): ApiError {
  limitHits.add("tickets");
  return tooMany(what, retryAfterSeconds);
}

function invalid(fields: Record<string, string>): ApiError {
  return new ApiError("validation_error", "The body is not valid.", { fields });
}

function tooLate(): ApiError {
  return new ApiError("validation_error", "The body did not arrive in time.");
}

function uncreated(cause: unknown): ApiError {
  log.error("a ticket could not be created", errorFields(cause));
  return unavailable(cause);
}
