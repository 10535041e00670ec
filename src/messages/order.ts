/** The seqs of what some accounts may see, in order: the page costs what it holds, however much lies behind it. */
import { readInstallation } from "../database/installation.ts";
import { MERGED_SELECTS, mergeable } from "../database/merge.ts";
import type { Read, Value } from "../database/result.ts";
import { yieldToEventLoop } from "../platform/eventloop.ts";
import type { Order, SeqSelect } from "./hits.ts";
import type { Filter } from "./visibility.ts";

/** Both ends exclusive. */
export interface SeqRange {
  readonly after: number;
  readonly before: number;
  readonly order: Order;
  readonly limit: number;
}

export interface SeqsInFilter {
  /** At most `limit`, in the range's order. */
  readonly select: SeqSelect;
  /** Nothing that was stored up to this position is left out; null for the moment of the select itself. */
  readonly position: number | null;
  /** What lies behind this seq was not looked for; null where the select alone decides. */
  readonly edge: number | null;
}

interface Lookup {
  readonly where: string;
  readonly args: readonly Value[];
  /** Only what comes after this seq, too: its account became visible there. */
  readonly joinedAt: number;
}

/**
 * One select for each account (and number), which SQLite merges straight from the index. More of them than one
 * statement merges are asked for in several, with a turn of the event loop between: four hundred take some 3 ms. Where
 * accounts and numbers together are more than `mostSelects`, the numbers are left to be filtered by the caller.
 */
export async function seqsInFilter(
  read: Read,
  filter: Filter,
  range: SeqRange,
  mostSelects = MERGED_SELECTS,
): Promise<SeqsInFilter> {
  const lookups = lookupsOf(filter, mostSelects);
  if (lookups.length <= MERGED_SELECTS) return { select: merged(lookups, range), position: null, edge: null };
  // What is stored between two of the statements must not hide what an earlier one did not find yet.
  const { position } = await readInstallation(read);
  const until = { ...range, before: Math.min(range.before, position + 1) };
  const seqs: number[] = [];
  for (const part of mergeable(lookups)) {
    const { sql, args } = merged(part, until);
    const [row] = (await read({ sql: `SELECT json_group_array(seq) AS seqs FROM (${sql})`, args: [...args] }))
      .rows;
    seqs.push(...(JSON.parse(String(row?.seqs)) as number[]));
    await yieldToEventLoop();
  }
  const { order, limit } = range;
  const first = seqs.sort((a, b) => (order === "asc" ? a - b : b - a)).slice(0, limit);
  const sql = "SELECT seq FROM json_each(?) CROSS JOIN messages ON seq = value";
  const edge = first.length === limit ? (first.at(-1) ?? null) : null;
  return { select: { sql, args: [JSON.stringify(first)] }, position, edge };
}

function lookupsOf({ accounts, to, joinedAt: positions }: Filter, mostSelects: number): Lookup[] {
  return accounts.flatMap((account) => {
    const joinedAt = positions?.get(account) ?? 0;
    return to === null || accounts.length * to.length > mostSelects
      ? [{ where: "account_id = ?", args: [account], joinedAt }]
      : to.map((number) => ({ where: `"to" = ? AND account_id = ?`, args: [number, account], joinedAt }));
  });
}

function merged(lookups: readonly Lookup[], { after, before, order, limit }: SeqRange): SeqSelect {
  const selects = lookups.map(
    ({ where }) => `SELECT seq FROM messages WHERE ${where} AND seq > ? AND seq < ?`,
  );
  return {
    sql: `${selects.join(" UNION ALL ") || "SELECT seq FROM messages WHERE 0"} ORDER BY seq ${order} LIMIT ?`,
    args: [...lookups.flatMap(({ args, joinedAt }) => [...args, Math.max(after, joinedAt), before]), limit],
  };
}
