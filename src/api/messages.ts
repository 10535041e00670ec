/** `GET /api/v1/sms/messages` and `…/{message_id}`: what was stored, for those who may see it. */
import { readInstallation } from "../database/installation.ts";
import { Fault } from "../errors.ts";
import { answer } from "../http/respond.ts";
import { queryOf } from "../http/url.ts";
import type { Access } from "../keys/access.ts";
import type { Guard } from "../keys/authenticator.ts";
import { readHistory } from "../messages/history.ts";
import { findMessage } from "../messages/list.ts";
import { matches } from "../messages/visibility.ts";
import { formatCursor } from "../values/cursor.ts";
import { boundsOf } from "./bounds.ts";
import { type HistoryRequest, readHistoryRequest } from "./historyrequest.ts";
import type { InFlight } from "./inflight.ts";
import { formatPageCursor } from "./pagecursor.ts";
import { type RequestReads, readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface HistoryRouteDeps {
  readonly guard: Guard;
  readonly store: StoreReadDeps;
  readonly inFlight: InFlight;
  readonly now: () => number;
}

/** Throws the faults `unauthorized`, `forbidden`, `validation_error`, `rate_limited` and `unavailable`. */
export async function listMessages(deps: HistoryRouteDeps, request: Request): Promise<Response> {
  const { guard, now, inFlight, store } = deps;
  const access = await guard.authenticate(request, "sms:read");
  const asked = readHistoryRequest(request, now());
  const leave = inFlight.enter(access.keyId);
  try {
    const { id } = access.account;
    const { messages, meta } = await readForRequest(store, id, request.signal, (reads) =>
      page(reads, asked, access),
    );
    // What its key no longer sees is left out; what it sees besides by now was not asked for, as on the page before.
    return await guard.handOver(access, "sms:read", ({ sees }) => {
      const seen = messages.filter((stored) => matches({ accounts: sees, to: null }, stored));
      // Of the answer to a HEAD nothing is ever taken.
      if (request.method === "HEAD") leave();
      return answer({ data: seen.map(({ message }) => message), meta }, {}, leave);
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
  { store, guard }: HistoryRouteDeps,
  request: Request,
  messageId: string,
): Promise<Response> {
  const access = await guard.authenticate(request, "sms:read");
  queryOf(request);
  const stored = await readForRequest(store, access.account.id, request.signal, ({ listing }) =>
    findMessage(listing, messageId, access.sees),
  );
  return guard.handOver(access, "sms:read", ({ sees }) => {
    if (!stored || !matches({ accounts: sees, to: null }, stored))
      throw new Fault("not_found", "Message not found.");
    return answer({ data: stored.message });
  });
}

async function page(reads: RequestReads, asked: HistoryRequest, access: Access) {
  const { order, limit } = asked;
  const installation = await readInstallation(reads.listing);
  const bounds = await boundsOf(reads.listing, asked, installation);
  const filter = { ...asked.filter, accounts: access.sees };
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
