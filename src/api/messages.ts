/** `GET /api/v1/sms/messages` and `…/{message_id}`: what was stored, for those who may see it. */
import { readInstallation } from "../database/installation.ts";
import { ApiError } from "../errors.ts";
import { answer } from "../http/respond.ts";
import { refuseLongQuery } from "../http/url.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import type { Principal } from "../keys/principal.ts";
import type { View } from "../media/view.ts";
import type { Show, StoredMessage } from "../message.ts";
import { readHistory } from "../messages/history.ts";
import { findMessage } from "../messages/list.ts";
import { matches } from "../messages/visibility.ts";
import { formatCursor } from "../values/cursor.ts";
import { boundsOf } from "./bounds.ts";
import { type HistoryRequest, readHistoryRequest } from "./historyrequest.ts";
import type { InFlight } from "./inflight.ts";
import { formatPageCursor } from "./pagecursor.ts";
import { installationFor } from "./readerstart.ts";
import { type RequestReads, readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface HistoryRouteDeps {
  readonly authenticator: Authenticator;
  readonly store: StoreReadDeps;
  readonly inFlight: InFlight;
  readonly view: View;
  readonly now: () => number;
}

/** Throws the faults `unauthorized`, `forbidden`, `validation_error`, `rate_limited` and `unavailable`. */
export async function listMessages(deps: HistoryRouteDeps, request: Request): Promise<Response> {
  const { authenticator, now, inFlight, store, view } = deps;
  const principal = await authenticator.authenticate(request, "sms:read");
  const query = readHistoryRequest(request, now());
  const leave = inFlight.enter(principal.keyId);
  try {
    const { id } = principal.account;
    const { messages, meta, show } = await readForRequest(store, id, request.signal, async (reads) => {
      const found = await page(reads, query, principal);
      return { ...found, show: await describe(view, reads, found.messages) };
    });
    // What its key no longer sees is left out; what it sees besides by now was not asked for, as on the page before.
    return await authenticator.handOver(principal, "sms:read", ({ accountIds }) => {
      const seen = messages.filter((stored) => matches({ accounts: accountIds, to: null }, stored));
      // Of the answer to a HEAD nothing is ever taken.
      if (request.method === "HEAD") leave();
      return answer({ data: seen.map(({ message }) => show(message)), meta }, {}, leave);
    });
  } catch (error) {
    leave();
    throw error;
  }
}

/**
 * Throws the faults `unauthorized`, `forbidden`, `rate_limited`, `unavailable`, and `not_found`: another account's
 * message is as little there as none.
 */
export async function showMessage(
  { store, authenticator, view }: HistoryRouteDeps,
  request: Request,
  messageId: string,
): Promise<Response> {
  const principal = await authenticator.authenticate(request, "sms:read");
  refuseLongQuery(request);
  const { stored, show } = await readForRequest(
    store,
    principal.account.id,
    request.signal,
    async (reads) => {
      const stored = await findMessage(reads.listing, messageId, principal.accountIds);
      return { stored, show: await describe(view, reads, stored ? [stored] : []) };
    },
  );
  return authenticator.handOver(principal, "sms:read", ({ accountIds }) => {
    if (!stored || !matches({ accounts: accountIds, to: null }, stored))
      throw new ApiError("not_found", "Message not found.");
    return answer({ data: show(stored.message) });
  });
}

function describe(view: View, { listing }: RequestReads, messages: readonly StoredMessage[]): Promise<Show> {
  return view.described(
    listing,
    messages.map(({ message }) => message),
  );
}

async function page(reads: RequestReads, query: HistoryRequest, principal: Principal) {
  const { order, limit } = query;
  const present = await readInstallation(reads.listing);
  const installation = await installationFor(reads.listing, principal.accountIds, present);
  const bounds = await boundsOf(reads.listing, query, installation);
  const filter = { ...query.filter, accounts: principal.accountIds };
  const { messages, next, position } = await readHistory(reads.forHistory(filter), {
    filter,
    order,
    limit,
    ...bounds,
  });
  const { epoch } = installation;
  return {
    messages,
    meta: {
      cursor: next === null ? null : formatPageCursor({ order, epoch, seq: next }),
      page_size: limit,
      position: formatCursor(epoch, position),
    },
  };
}
