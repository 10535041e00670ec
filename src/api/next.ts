/**
 * `GET /api/v1/sms/messages/next`: waits for the first message that matches. It begins to hear what is announced in
 * the same turn of the event loop in which it notes the position up to which it then looks in the store, so nothing
 * falls between; and every answer carries the position to go on from.
 */
import type { Read } from "../database/result.ts";
import { unavailable } from "../errors.ts";
import { answer, fromStore, nothing } from "../http/respond.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import { type Principal, unauthorized } from "../keys/principal.ts";
import type { StoredMessage } from "../message.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import { readHistory } from "../messages/history.ts";
import { scan } from "../messages/scan.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import type { Reason, Waiter, Waiters } from "../stream/waiters.ts";
import { formatCursor } from "../values/cursor.ts";
import { seqAfter } from "./bounds.ts";
import { MAX_TIMEOUT_SECONDS, type NextRequest, readNextRequest } from "./historyrequest.ts";
import { installationFor, startOfSince } from "./readerstart.ts";
import { readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface NextRouteDeps {
  readonly authenticator: Authenticator;
  readonly changeFeed: ChangeFeed;
  readonly hub: Hub;
  readonly streams: Pick<Streams, "reserve" | "release">;
  readonly store: StoreReadDeps;
  readonly waiters: Waiters;
  readonly isDraining: () => boolean;
  readonly now: () => number;
}

/** Seconds for which the runtime must leave the connection quiet. */
export const NEXT_IDLE_SECONDS = MAX_TIMEOUT_SECONDS + 30;

/** Messages from memory that are looked through at once. */
const MEMORY_PAGE = 200;

/** What was found, or how far it was looked through in vain. */
type Looked = { readonly found: StoredMessage } | { readonly through: number };

/**
 * Throws the faults `unauthorized`, `forbidden`, `validation_error`, `rate_limited` and `unavailable`. A HEAD is judged
 * as a GET is, and does not wait.
 */
export async function nextMessage(deps: NextRouteDeps, request: Request): Promise<Response> {
  const principal = await deps.authenticator.authenticate(request, "sms:read");
  const query = readNextRequest(request, deps.now());
  if (deps.isDraining()) throw unavailable(null, "The server is shutting down.");
  const refusal = deps.streams.reserve(principal.keyId);
  if (refusal) throw refusal;
  try {
    return await findOrWait(deps, request, query, principal);
  } finally {
    deps.streams.release(principal.keyId);
  }
}

async function findOrWait(
  deps: NextRouteDeps,
  request: Request,
  query: NextRequest,
  principal: Principal,
): Promise<Response> {
  const { authenticator, changeFeed, waiters, hub } = deps;
  // Whatever was acknowledged before this request came is announced before it begins to wait.
  await fromStore(changeFeed.catchUp());
  const { epoch } = changeFeed.installation;
  const start = await readForRequest(deps.store, principal.account.id, request.signal, ({ listing }) =>
    startOf(deps, listing, query, principal),
  );
  if (request.method === "HEAD")
    return authenticator.handOver(principal, "sms:read", () => nothingCame(hub.epoch, hub.position));
  const { wait, position } = await authenticator.handOver(principal, "sms:read", (present) => {
    if (hub.epoch !== epoch) throw unavailable(null);
    return { wait: waiters.add(present, query.filter), position: hub.position };
  });
  const left = () => wait.close("left");
  const timer = setTimeout(() => wait.close("timeout"), query.timeoutMs);
  request.signal.addEventListener("abort", left);
  if (request.signal.aborted) left();
  if (deps.isDraining()) wait.close("shutdown");
  try {
    return await answerOf(deps, wait, start ?? position, position);
  } finally {
    wait.remove();
    clearTimeout(timer);
    request.signal.removeEventListener("abort", left);
  }
}

/** Looks from `start` to `position`, from which on it hears; then at what it hears, for as long as it may wait. */
async function answerOf(
  deps: NextRouteDeps,
  wait: Waiter,
  start: number,
  position: number,
): Promise<Response> {
  const { hub, authenticator } = deps;
  /** Up to here it was looked through in vain, and up to there it is to be. */
  let [at, until] = [start, position];
  for (;;) {
    while (at < until && wait.reason === null) {
      const { filter } = wait;
      const looked = await look(deps, wait, at, until);
      const given = await authenticator.handOver(wait.principal, "sms:read", (present) => {
        if (present.version > wait.directoryVersion) wait.accept(present);
        if (wait.reason !== null) refuseRevoked(wait.reason);
        // What was read for a key that saw something else is read again.
        if (wait.filter !== filter) return null;
        if ("found" in looked) return found(looked.found, hub);
        at = looked.through;
        return null;
      });
      if (given) return given;
    }
    if (wait.reason !== null) {
      refuseRevoked(wait.reason);
      return nothingCame(hub.epoch, at);
    }
    await wait.woken;
    // In one turn: what is announced after this position is heard from now on, and what it heard lies before it.
    until = hub.position;
    at = wait.heard === null ? until : wait.heard - 1;
    wait.listen();
  }
}

/** Throws where its key may no longer see anything, or nobody knows whether it may. */
function refuseRevoked(reason: Reason): void {
  if (reason === "revoked") throw unauthorized();
  if (reason === "overloaded") throw unavailable(null);
}

/** Null for now. */
async function startOf(
  { changeFeed }: NextRouteDeps,
  read: Read,
  query: NextRequest,
  { accountIds }: Principal,
): Promise<number | null> {
  if (query.after === null && query.since === null) return null;
  const installation = await installationFor(read, accountIds, {
    ...changeFeed.installation,
    position: changeFeed.position,
  });
  if (query.after !== null) return seqAfter(query.after, installation);
  return query.since === null ? null : startOfSince(read, query.since, installation);
}

/** The first match after `after`, none beyond `until`: from memory where that reaches back so far. */
async function look(
  { hub, store, waiters }: NextRouteDeps,
  wait: Waiter,
  after: number,
  until: number,
): Promise<Looked> {
  const { filter, over, accountId } = wait;
  if (after >= hub.replayBuffer.since) {
    const page = hub.replayBuffer.after(after, filter, MEMORY_PAGE).map(({ stored }) => stored);
    const textOf = ({ message }: StoredMessage) => waiters.texts.of(message);
    const options = { most: 1, signal: over, textOf };
    const [found] = await scan(store.slices.of(accountId), filter, page, options);
    if (found) return { found };
    if (over.aborted) return { through: after };
    return { through: page.length < MEMORY_PAGE ? until : (page.at(-1)?.seq ?? until) };
  }
  const wanted = { filter, order: "asc", after, before: until + 1, limit: 1 } as const;
  try {
    // What it reads leaves its line when the wait is over.
    const page = await readForRequest(store, accountId, over, (reads) =>
      readHistory(reads.forHistory(filter), wanted),
    );
    const [found] = page.messages;
    return found ? { found } : { through: page.next ?? until };
  } catch (error) {
    if (!over.aborted) throw error;
    return { through: after };
  }
}

function found({ message, seq }: StoredMessage, { epoch, show }: Hub): Response {
  const position = formatCursor(epoch, seq);
  return answer({ data: show(message), meta: { position } }, { "inlet-position": position });
}

function nothingCame(epoch: string, position: number): Response {
  return nothing({ "inlet-position": formatCursor(epoch, position) });
}
