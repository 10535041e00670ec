/** How far retention has removed what a reader sees, where accounts have retentions of their own. */
import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";

export interface Kept {
  /** Of one of the reader's accounts everything up to here is gone. */
  readonly prunedThrough: number;
  /** Of all of them: what is kept comes after it. */
  readonly keptAfter: number;
}

const OF_ACCOUNTS = `
  SELECT count(*) AS n, min(r.pruned_through) AS least, max(r.pruned_through) AS most
  FROM json_each(?) j CROSS JOIN retentions r ON r.account_id = j.value`;

/** Where no account has one, which the installation says, nothing is read. */
export async function keptFor(
  read: Read,
  accounts: readonly number[],
  { prunedThrough, hasRetentions }: Pick<Installation, "prunedThrough" | "hasRetentions">,
): Promise<Kept> {
  const usual = { prunedThrough, keptAfter: prunedThrough };
  if (!hasRetentions) return usual;
  const [row] = (await read({ sql: OF_ACCOUNTS, args: [JSON.stringify(accounts)] })).rows;
  const own = Number(row?.n);
  if (own === 0) return usual;
  const [least, most] = [Number(row?.least), Number(row?.most)];
  if (own === accounts.length) return { prunedThrough: most, keptAfter: least };
  return { prunedThrough: Math.max(prunedThrough, most), keptAfter: Math.min(prunedThrough, least) };
}
