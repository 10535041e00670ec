/** `GET /api/v1/sms/messages` and `…/{message_id}`: what was stored, for those who may see it. */
import type { Read } from "../database/connection.ts";
import { readInstallation } from "../database/installation.ts";
import { Fault } from "../errors.ts";
import { answer, fromStore } from "../http/respond.ts";
import { queryOf } from "../http/url.ts";
import { type Access, type Guard, requireScope } from "../keys/authenticator.ts";
import { type HistoryDeps, readHistory } from "../messages/history.ts";
import { findMessage } from "../messages/list.ts";
import { formatCursor } from "../values/cursor.ts";
import { boundsOf } from "./bounds.ts";
import { type HistoryRequest, readHistoryRequest } from "./historyrequest.ts";
import { formatPageCursor } from "./pagecursor.ts";

export interface HistoryRouteDeps {
  readonly read: Read;
  readonly guard: Guard;
  readonly history: HistoryDeps;
  readonly now: () => number;
}

/** Throws what the error envelope says. */
export async function listMessages(deps: HistoryRouteDeps, request: Request): Promise<Response> {
  const access = await deps.guard.authenticate(request);
  requireScope(access, "sms:read");
  const asked = readHistoryRequest(request, deps.now());
  return answer(await fromStore(page(deps.history, asked, access)));
}

/** Throws what the error envelope says: another account's message is as little there as none. */
export async function showMessage(
  { read, guard }: HistoryRouteDeps,
  request: Request,
  messageId: string,
): Promise<Response> {
  const access = await guard.authenticate(request);
  requireScope(access, "sms:read");
  queryOf(request);
  const stored = await fromStore(findMessage(read, messageId));
  if (stored?.account_id == null || !access.sees.includes(stored.account_id))
    throw new Fault("not_found", "Message not found.");
  return answer({ data: stored.message });
}

async function page(history: HistoryDeps, asked: HistoryRequest, access: Access) {
  const { order, limit } = asked;
  const installation = await readInstallation(history.readAside);
  const bounds = await boundsOf(history.readAside, asked, installation);
  const filter = { ...asked.filter, accounts: access.sees };
  const { messages, next, position } = await readHistory(history, { filter, order, limit, ...bounds });
  const { epoch } = installation;
  return {
    data: messages.map(({ message }) => message),
    meta: {
      cursor: next === null ? null : formatPageCursor({ order, epoch, seq: next }),
      page_size: limit,
      position: formatCursor(epoch, position),
    },
  };
}
