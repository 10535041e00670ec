/**
 * `GET /api/v1/sms/messages/next`: waits for the first message that matches. It begins to hear what is announced in
 * the same turn of the event loop in which it notes the position up to which it then looks in the store, so nothing
 * falls between; and every answer carries the position to go on from.
 */
import type { Read } from "../database/connection.ts";
import { unavailable } from "../errors.ts";
import { answer, fromStore, nothing } from "../http/respond.ts";
import { type Access, type Guard, requireScope, unauthorized } from "../keys/authenticator.ts";
import type { StoredMessage } from "../message.ts";
import type { Tail } from "../messages/changefeed.ts";
import { firstMatch } from "../messages/filter.ts";
import { readHistory } from "../messages/history.ts";
import { nextTurn } from "../platform/eventloop.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import type { Reason, Wait, Waits } from "../stream/waiters.ts";
import { formatCursor } from "../values/cursor.ts";
import { seqAfter, seqSince } from "./bounds.ts";
import { MOST_TIMEOUT_SECONDS, type NextRequest, readNextRequest } from "./historyrequest.ts";
import { readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface NextRouteDeps {
  readonly guard: Guard;
  readonly tail: Tail;
  readonly hub: Hub;
  readonly streams: Pick<Streams, "reserve" | "release">;
  readonly store: StoreReadDeps;
  readonly waits: Waits;
  readonly isDraining: () => boolean;
  readonly now: () => number;
}

/** Seconds for which the runtime must leave the connection quiet. */
export const NEXT_IDLE_SECONDS = MOST_TIMEOUT_SECONDS + 30;

/** Messages from memory that are looked at in one turn of the event loop. */
const MEMORY_PAGE = 200;

/** What was found in the store, or how far it was looked through in vain. */
type Looked = { readonly found: StoredMessage } | { readonly through: number };

/** Throws what the error envelope says. A HEAD is judged as a GET is, and does not wait. */
export async function nextMessage(deps: NextRouteDeps, request: Request): Promise<Response> {
  const known = await deps.guard.authenticate(request);
  requireScope(known, "sms:read");
  const asked = readNextRequest(request, deps.now());
  if (deps.isDraining()) throw unavailable(null, "The server is shutting down.");
  const refusal = deps.streams.reserve(known.keyId);
  if (refusal) throw refusal;
  try {
    return await findOrWait(deps, request, asked, known);
  } finally {
    deps.streams.release(known.keyId);
  }
}

async function findOrWait(
  deps: NextRouteDeps,
  request: Request,
  asked: NextRequest,
  known: Access,
): Promise<Response> {
  const { guard, tail, waits, hub } = deps;
  // Whatever was acknowledged before this request came is announced before it begins to wait.
  await fromStore(tail.catchUp());
  const start = await readForRequest(deps.store, known.account.id, request.signal, ({ listing }) =>
    startOf(deps, listing, asked),
  );
  let access = known;
  // From the end of this loop on nothing waits: a change that the waits were judged by is in this access too.
  while (access.version < tail.installation.directoryVersion) {
    guard.refresh(tail.installation.directoryVersion);
    access = await guard.authenticate(request);
    requireScope(access, "sms:read");
  }
  const { position } = tail;
  if (request.method === "HEAD") return nothingCame(hub.epoch, position);
  const wait = waits.add(access, { ...asked.filter, accounts: access.sees });
  const over = { now: null as Reason | null };
  /** Takes what this request still reads out of its line. */
  const gone = new AbortController();
  void wait.ended.then((end) => {
    if (!("reason" in end)) return;
    over.now = end.reason;
    gone.abort();
  });
  const left = () => wait.end("left");
  const timers = [setTimeout(() => wait.end("timeout"), asked.timeoutMs)];
  const lifeMs = access.expiresAt === null ? Number.POSITIVE_INFINITY : access.expiresAt - deps.now();
  if (lifeMs < asked.timeoutMs) timers.push(setTimeout(() => wait.end("revoked"), lifeMs));
  request.signal.addEventListener("abort", left);
  if (request.signal.aborted) left();
  if (deps.isDraining()) wait.end("shutdown");
  try {
    const looked = await findStored(deps, access.account.id, wait, gone.signal, start ?? position, position);
    const isThere = "found" in looked;
    // What was heard comes after all that is stored: it counts once that has been looked through.
    const end = isThere || looked.through < position ? null : await wait.ended;
    const reason = end && "reason" in end ? end.reason : over.now;
    if (reason === "revoked") throw unauthorized();
    if (reason === "overloaded") throw unavailable(null);
    if (isThere) return found(looked.found, hub.epoch);
    if (end === null) return nothingCame(hub.epoch, looked.through);
    return "found" in end ? found(end.found, hub.epoch) : nothingCame(hub.epoch, end.position);
  } finally {
    wait.end("left");
    for (const timer of timers) clearTimeout(timer);
    request.signal.removeEventListener("abort", left);
  }
}

/** Null for now. */
async function startOf({ tail }: NextRouteDeps, read: Read, asked: NextRequest): Promise<number | null> {
  const installation = { ...tail.installation, position: tail.position };
  if (asked.after !== null) return seqAfter(asked.after, installation);
  return asked.since === null ? null : seqSince(read, asked.since, installation);
}

/** The first match after `after`, none beyond `until`: from memory where that reaches back so far. */
async function findStored(
  { hub, store }: NextRouteDeps,
  account: number,
  wait: Wait,
  over: AbortSignal,
  after: number,
  until: number,
): Promise<Looked> {
  let at = after;
  while (at < until && !over.aborted) {
    const { filter } = wait;
    if (at >= hub.recent.since) {
      const page = hub.recent.after(at, filter, MEMORY_PAGE).map(({ stored }) => stored);
      const found = firstMatch(filter, page);
      if (found) return { found };
      at = page.length < MEMORY_PAGE ? until : (page.at(-1)?.seq ?? until);
      await nextTurn();
    } else {
      const bounds = { after: at, before: until + 1 };
      const wanted = { filter, order: "asc", ...bounds, limit: 1 } as const;
      const page = await readForRequest(store, account, over, (reads) =>
        readHistory(reads.forHistory(filter), wanted),
      ).catch((error: unknown) => {
        if (over.aborted) return null;
        throw error;
      });
      if (!page) break;
      if (page.messages[0]) return { found: page.messages[0] };
      at = page.next ?? until;
    }
  }
  return { through: at };
}

function found({ message, seq }: StoredMessage, epoch: string): Response {
  const position = formatCursor(epoch, seq);
  return answer({ data: message, meta: { position } }, { "inlet-position": position });
}

function nothingCame(epoch: string, position: number): Response {
  return nothing({ "inlet-position": formatCursor(epoch, position) });
}
