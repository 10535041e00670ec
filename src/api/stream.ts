/** `GET /api/v1/sms/stream`: from a request and its key to the first bytes of a stream. */
import type { Database } from "../database/open.ts";
import { ownedAmong } from "../directory/numbers.ts";
import { ApiError, unavailable } from "../errors.ts";
import { requestFields } from "../http/requestid.ts";
import { invalidQuery } from "../http/url.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import type { Principal } from "../keys/principal.ts";
import { errorFields, log } from "../log/log.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import { type ClosingReason, closingFrame, retryAfterClosing } from "../stream/sse.ts";
import type { Origin } from "../stream/subscription.ts";
import { firstBytes } from "./firstbytes.ts";
import { isReconnect, readStreamRequest, type StreamRequest } from "./streamrequest.ts";
import { isNewestHere, streamStart } from "./streamstart.ts";

export interface StreamRouteDeps {
  readonly database: Database;
  readonly authenticator: Authenticator;
  readonly changeFeed: ChangeFeed;
  readonly hub: Hub;
  readonly streams: Streams;
  readonly isDraining: () => boolean;
  /** The client's, as an operator is shown it; to be called before anything is waited for. Without it nobody knows. */
  readonly networkOf?: (request: Request) => string | null;
  readonly now: () => number;
  readonly random: () => number;
}

type Asked = StreamRequest & { readonly origin: Origin };

/** How long a client waits in line with a herd of others, before it is told to come back. */
const IN_LINE_MS = 10_000;
/** A client would rather come back than wait for a database that hangs. */
const DEADLINE_MS = 2_000;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/**
 * Throws the faults `unauthorized`, `forbidden`, `validation_error`, `rate_limited` and `unavailable`; a reconnect is
 * told of the last two in the stream. A HEAD is judged as a GET is, and opens nothing. The answer carries `headers`
 * besides its own.
 */
export async function openStream(
  deps: StreamRouteDeps,
  request: Request,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const init = { headers: { ...HEADERS, ...headers } };
  const origin = { since: deps.now(), address: deps.networkOf?.(request) ?? null };
  try {
    const principal = await deps.authenticator.authenticateStream(request);
    const query = { ...readStreamRequest(request, deps.now()), origin };
    return new Response(await openReserved(deps, request, query, principal), init);
  } catch (error) {
    const fault = error instanceof ApiError ? error : unreadable(error, request);
    // An answer other than 200 ends a browser's EventSource for ever: a reconnect is told to wait instead.
    const passes = fault.code === "rate_limited" || fault.code === "unavailable";
    if (passes && isReconnect(request))
      return new Response(closing(deps, deps.isDraining() ? "shutdown" : "overloaded"), init);
    throw fault;
  }
}

/** Takes its place before anything waits, so that the limits hold however many come at once. */
async function openReserved(
  deps: StreamRouteDeps,
  request: Request,
  query: Asked,
  known: Principal,
): Promise<ReadableStream<Uint8Array> | null> {
  refuseWhileDraining(deps);
  const { streams } = deps;
  const place = [known.keyId, known.ticket?.id ?? null] as const;
  const refusal = streams.reserve(...place);
  if (refusal) throw refusal;
  let isLate = false;
  const isAbandoned = () => isLate || request.signal.aborted;
  const late = () => {
    isLate = true;
    return new Error("too many streams open at once, or the database does not answer");
  };
  let body: ReadableStream<Uint8Array> | null = null;
  try {
    const opening = streams.scheduler.run(known.account.id, () =>
      open(deps, request, query, known, isAbandoned),
    );
    body = await withDeadline(opening, IN_LINE_MS, late);
  } finally {
    if (!body) streams.release(...place);
  }
  return body;
}

/** Null when there is nobody to open a stream for. */
async function open(
  deps: StreamRouteDeps,
  request: Request,
  query: Asked,
  known: Principal,
  isAbandoned: () => boolean,
): Promise<ReadableStream<Uint8Array> | null> {
  if (isAbandoned()) return null;
  const { database, authenticator, changeFeed, streams } = deps;
  // Whatever was acknowledged or deleted before this request came is known before a stream starts. One that goes on from
  // the newest that is known here is handed nothing older, and hears of the rest as it is announced.
  if (!isNewestHere(query.cursor, changeFeed))
    await withDeadline(
      changeFeed.catchUp(),
      DEADLINE_MS,
      () => new Error("the database does not answer in time"),
    );
  const principal = await authenticator.handOver(known, "sms:read", (present) => present);
  const to = await numbersOf(database, query, principal);
  const { epoch } = changeFeed.installation;
  const start = await streamStart(database.read, query, principal.accountIds, {
    ...changeFeed.installation,
    position: changeFeed.position,
  });
  return authenticator.handOver(principal, "sms:read", (present) => {
    refuseWhileDraining(deps);
    if (deps.hub.epoch !== epoch) throw unavailable(null);
    if (request.method === "HEAD" || isAbandoned()) return null;
    const filter = { accounts: present.accountIds, to, prunedThrough: start.prunedThrough };
    const first = firstBytes(deps, present, start);
    const body = streams.body(present, {
      filter,
      after: start.after,
      announcesCaughtUp: start.replays,
      first,
      origin: query.origin,
    });
    log.debug("stream opened", {
      key: present.keyId,
      ...(present.ticket ? { ticket: present.ticket.id } : {}),
      open: streams.open,
      resumes: query.cursor !== null,
      ...requestFields(request),
    });
    return body;
  });
}

/**
 * Null for all that the key sees. A fresh client may name only numbers that the key sees now, and gets the fault
 * `validation_error` otherwise, whether such a number exists or not. On a reconnect they stay, whoever owns them now;
 * those of a ticket always do. The accounts decide what is shown, so a number that moved takes no stored text away.
 */
async function numbersOf(
  database: Database,
  { to, cursor }: StreamRequest,
  principal: Principal,
): Promise<readonly string[] | null> {
  const ofTicket = principal.ticket?.to ?? null;
  if (to === null) return ofTicket;
  const named = ofTicket === null ? to : to.filter((number) => ofTicket.includes(number));
  if (cursor === null && (await ownedAmong(database, named, principal.accountIds)).size < to.length) {
    throw invalidQuery({ to: "must be numbers that this API key sees" });
  }
  return named;
}

function refuseWhileDraining({ isDraining }: StreamRouteDeps): void {
  if (isDraining()) throw unavailable(null, "The server is shutting down.");
}

function unreadable(cause: unknown, request: Request): ApiError {
  log.error("a stream could not be opened", { ...requestFields(request), ...errorFields(cause) });
  return unavailable(cause);
}

function closing({ random }: StreamRouteDeps, reason: ClosingReason): Uint8Array {
  return closingFrame(reason, retryAfterClosing(reason, random));
}
