/** All that is stored, in the order of seq, a page of bounded size at a time. */
import type { Read } from "../database/result.ts";
import type { StoredMessage } from "../message.ts";
import { NO_CANARYS } from "./canaries.ts";
import { readHits, type SeqSelect } from "./hits.ts";
import { pagesOfSender } from "./sender.ts";

export interface ExportFilter {
  readonly accountId: number | null;
  readonly to: readonly string[] | null;
  readonly from: string | null;
}

export interface ExportPage {
  readonly messages: readonly StoredMessage[];
  /** Everything up to this seq has been looked at: an export that goes on begins behind it. */
  readonly through: number;
}

const PAGE_ROWS = 500;

/** From behind `after` up to `until`, which is a position. What is claimed meanwhile gets a later one. */
export async function* exportMessages(
  read: Read,
  filter: ExportFilter,
  after: number,
  until: number,
): AsyncGenerator<ExportPage> {
  if (filter.from === null) {
    yield* pages(read, filter, after, until, null);
    return;
  }
  for await (const { seqs, through } of pagesOfSender(read, filter.from, after, until)) {
    if (seqs.length > 0) yield* pages(read, filter, after, through, seqs);
    yield { messages: [], through };
  }
}

/** `seqs`: only these. */
async function* pages(
  read: Read,
  filter: ExportFilter,
  after: number,
  until: number,
  seqs: readonly number[] | null,
): AsyncGenerator<ExportPage> {
  for (let through = after; through < until; ) {
    const { messages, found } = await readHits(read, select(filter, through, until, seqs), "asc");
    const isCut = found === PAGE_ROWS || found > messages.length;
    through = isCut ? (messages.at(-1)?.seq ?? until) : until;
    yield { messages, through };
  }
}

// In the order of seq whatever the filter, so that a page goes on where the last one ended: `+` keeps an index away whose
// order is another.
function select(
  { accountId, to }: ExportFilter,
  after: number,
  until: number,
  seqs: readonly number[] | null,
): SeqSelect {
  const conditions = [
    { where: "seq > ?", arg: after },
    { where: "seq <= ?", arg: until },
    // Below zero are the canaries of inlet doctor, which are nobody's.
    { where: "coalesce(account_id, 0) >= ?", arg: 0 },
    ...(accountId === null ? [] : [{ where: "+account_id = ?", arg: accountId }]),
    ...(to === null ? [] : [{ where: `+"to" IN (SELECT value FROM json_each(?))`, arg: JSON.stringify(to) }]),
    ...(seqs === null
      ? []
      : [{ where: "seq IN (SELECT value FROM json_each(?))", arg: JSON.stringify(seqs) }]),
  ];
  return {
    sql: `SELECT seq FROM messages WHERE ${[...conditions.map(({ where }) => where), NO_CANARYS].join(" AND ")} ORDER BY seq LIMIT ${PAGE_ROWS}`,
    args: conditions.map(({ arg }) => arg),
  };
}
