/** Stored messages as an operator lists them: every account's, newest first. */
import type { Read } from "../database/result.ts";
import type { StoredMessage } from "../message.ts";
import type { Search } from "../search/query.ts";
import { SearchedText } from "../search/searchedtext.ts";
import { senderForm } from "../values/phone.ts";
import { NO_CANARYS } from "./canaries.ts";
import { readHits } from "./hits.ts";
import { positionBefore } from "./position.ts";
import { COLUMNS, PAGE_OF, toStoredMessages } from "./row.ts";

/** How many are read at once, texts of a megabyte apart. */
const PAGE_ROWS = 500;

export interface Listing {
  readonly accountId: number | null;
  readonly unrouted: boolean;
  /** Only what was stored at this time or later, in ms since 1970. */
  readonly storedSince: number | null;
  /** Only what was stored before, in ms since 1970. */
  readonly storedUntil?: number | null;
  readonly to?: readonly string[] | null;
  readonly from?: string | null;
  readonly search?: Search | null;
  readonly limit: number;
}

/**
 * `newest` is the position up to which is looked. A search looks at each text there is until there are enough: a page at a
 * time, in a process of its own.
 */
export async function listMessages(read: Read, listing: Listing, newest: number): Promise<StoredMessage[]> {
  const {
    accountId,
    unrouted,
    storedSince,
    storedUntil = null,
    to = null,
    from = null,
    search = null,
    limit,
  } = listing;
  const isPicked = from !== null || search !== null;
  const conditions = [
    ...(accountId === null ? [] : [{ where: "account_id = ?", arg: accountId }]),
    ...(storedSince === null
      ? []
      : [{ where: "seq > ?", arg: await positionBefore(read, storedSince, newest) }]),
    ...(storedUntil === null
      ? []
      : [{ where: "seq <= ?", arg: await positionBefore(read, storedUntil, newest) }]),
    ...(to === null ? [] : [{ where: '"to" IN (SELECT value FROM json_each(?))', arg: JSON.stringify(to) }]),
  ];
  const where = [
    ...conditions.map((condition) => condition.where),
    ...(unrouted ? ["account_id IS NULL"] : accountId === null ? [NO_CANARYS] : []),
    "seq < ?",
  ];
  const sql = `SELECT seq FROM messages WHERE ${where.join(" AND ")} ORDER BY seq DESC LIMIT ?`;
  const messages: StoredMessage[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  while (messages.length < limit) {
    const rows = isPicked ? PAGE_ROWS : Math.min(PAGE_ROWS, limit - messages.length);
    const args = [...conditions.map(({ arg }) => arg), before, rows];
    const page = await readHits(read, { sql, args }, "desc");
    messages.push(...page.messages.filter((stored) => isWanted(listing, stored)));
    before = page.messages.at(-1)?.seq ?? before;
    if (page.found < rows && page.found === page.messages.length) break;
  }
  return messages.slice(0, limit);
}

function isWanted({ from = null, search = null }: Listing, { message }: StoredMessage): boolean {
  if (from !== null && senderForm(from) !== senderForm(message.from)) return false;
  return search === null || new SearchedText(message).isFoundBy(search);
}

/** A message by its id, of anybody's or of one of these accounts: another's is not even read. */
export async function findMessage(
  read: Read,
  messageId: string,
  accounts: readonly number[] | null = null,
): Promise<StoredMessage | null> {
  const ofThem = accounts ? " AND account_id IN (SELECT value FROM json_each(?))" : "";
  const select = `SELECT ${COLUMNS} FROM messages WHERE message_id = ?${ofThem}`;
  const args = accounts ? [messageId, JSON.stringify(accounts)] : [messageId];
  const { rows } = await read({ sql: PAGE_OF(select), args });
  return toStoredMessages(rows[0]?.page)[0] ?? null;
}
