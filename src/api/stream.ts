/** `GET /api/v1/sms/stream`: from a request and its key to the first bytes of a stream. */
import type { Database } from "../database/open.ts";
import { ownedAmong } from "../directory/numbers.ts";
import { Fault, unavailable } from "../errors.ts";
import { invalidQuery } from "../http/url.ts";
import { type Access, type Guard, requireScope } from "../keys/authenticator.ts";
import { log, shownError } from "../log/log.ts";
import type { Tail } from "../messages/changefeed.ts";
import type { Sight } from "../messages/page.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import {
  type ClosingReason,
  clientId,
  closingFrame,
  connectedFrame,
  gapFrame,
  joinFrames,
  retryAfterClosing,
} from "../stream/sse.ts";
import { formatCursor } from "../values/cursor.ts";
import { isReconnect, readStreamRequest, type StreamRequest } from "./streamrequest.ts";
import { findStart } from "./streamstart.ts";

export interface StreamRouteDeps {
  readonly database: Database;
  readonly guard: Guard;
  readonly tail: Tail;
  readonly hub: Hub;
  readonly streams: Streams;
  readonly isDraining: () => boolean;
  readonly now: () => number;
  readonly random: () => number;
}

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
 * Throws what the error envelope says. A HEAD is judged as a GET is, and opens nothing. The answer carries `headers`
 * besides its own.
 */
export async function openStream(
  deps: StreamRouteDeps,
  request: Request,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const init = { headers: { ...HEADERS, ...headers } };
  try {
    const access = await deps.guard.admit(request);
    requireScope(access, "sms:read");
    const asked = readStreamRequest(request, deps.now());
    return new Response(await openReserved(deps, request, asked, access), init);
  } catch (error) {
    const fault = error instanceof Fault ? error : unreadable(error);
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
  asked: StreamRequest,
  known: Access,
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
    const opening = streams.turns.run(() => open(deps, request, asked, known, isAbandoned));
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
  asked: StreamRequest,
  known: Access,
  isAbandoned: () => boolean,
): Promise<ReadableStream<Uint8Array> | null> {
  if (isAbandoned()) return null;
  const { database, guard, tail, hub, streams, now, random } = deps;
  // Whatever was acknowledged before this request came is announced before this stream starts.
  await withDeadline(tail.catchUp(), DEADLINE_MS, () => new Error("the database does not answer in time"));
  let access = known;
  let sight = await sightOf(database, asked, access);
  const start = await findStart(database.read, asked, { ...tail.installation, position: tail.position });
  // From the end of this loop on nothing waits: a change that the streams were judged by is in this access too.
  while (access.version < tail.installation.directoryVersion) {
    guard.refresh(tail.installation.directoryVersion);
    access = await guard.admit(request);
    requireScope(access, "sms:read");
    sight = await sightOf(database, asked, access);
  }
  refuseWhileDraining(deps);
  const { epoch } = hub;
  const timestamp = now();
  const connected = connectedFrame(
    formatCursor(epoch, start.after),
    clientId(access.account.id, timestamp, random),
    timestamp,
  );
  const gap = start.gap && gapFrame(start.gap.reason, start.gap.oldest);
  const first = gap ? joinFrames([connected, gap]) : connected;
  if (request.method === "HEAD" || isAbandoned()) return null;
  const body = streams.body(access, { sight, after: start.after, announcesCaughtUp: start.replays, first });
  const ticket = access.ticket ? { ticket: access.ticket.id } : {};
  log.debug("stream opened", {
    key: access.keyId,
    ...ticket,
    open: streams.open,
    resumes: asked.cursor !== null,
  });
  return body;
}

/** Throws the fault `validation_error` when a fresh client asks for a number that the key does not see. */
async function sightOf(database: Database, { to, cursor }: StreamRequest, access: Access): Promise<Sight> {
  const ofTicket = access.ticket?.to ?? null;
  const wanted = to ?? ofTicket;
  if (wanted === null) return { accounts: access.sees, to: null };
  const owned = await ownedAmong(database, wanted, access.sees);
  const seen = wanted.filter((number) => owned.has(number) && (ofTicket?.includes(number) ?? true));
  // A ticket goes on without the numbers that its key no longer sees, as a reconnect does.
  if (to !== null && cursor === null && seen.length < to.length) {
    throw invalidQuery({ to: "must be numbers that this API key sees" });
  }
  return { accounts: access.sees, to: seen };
}

function refuseWhileDraining({ isDraining }: StreamRouteDeps): void {
  if (isDraining()) throw unavailable(null, "The server is shutting down.");
}

function unreadable(cause: unknown): Fault {
  log.error("a stream could not be opened", shownError(cause));
  return unavailable(cause);
}

function closing({ random }: StreamRouteDeps, reason: ClosingReason): Uint8Array {
  return closingFrame(reason, retryAfterClosing(reason, random));
}
