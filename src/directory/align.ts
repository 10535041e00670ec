/**
 * Many numbers of one account at once, brought in line with a list from elsewhere: all of it in one transaction, or
 * nothing. Numbers of other accounts are never touched.
 */
import { audited } from "../database/audit.ts";
import { BUMP_DIRECTORY } from "../database/installation.ts";
import type { Database } from "../database/open.ts";
import type { Statement } from "../database/result.ts";

/** Numbers that the audit trail names of one change; it says how many there were. */
const MAX_TOLD = 50;

export interface Alignment {
  /** Not here yet. */
  readonly added: readonly string[];
  /** The account's, and not active until now. */
  readonly activated: readonly string[];
  /** The account's, and active until now. */
  readonly deactivated: readonly string[];
}

export interface KnownNumber {
  readonly number: string;
  readonly accountId: number;
  readonly isActive: boolean;
}

/** The account's numbers, and whoever has one of these. One pass over the table, by its index for each candidate. */
export async function knownNumbers(
  database: Pick<Database, "read">,
  accountId: number,
  candidates: readonly string[],
): Promise<ReadonlyMap<string, KnownNumber>> {
  const { rows } = await database.read({
    sql: `SELECT number, account_id, active FROM numbers
      WHERE account_id = ? OR number IN (SELECT value FROM json_each(?)) ORDER BY number`,
    args: [accountId, JSON.stringify(candidates)],
  });
  const known = rows.map((row) => ({
    number: String(row.number),
    accountId: Number(row.account_id),
    isActive: Number(row.active) === 1,
  }));
  return new Map(known.map((each) => [each.number, each]));
}

/**
 * Resolves to what was changed: less than asked for where somebody else was quicker. `now` in ms since 1970. Open
 * streams follow as after a change by hand.
 */
export async function align(
  database: Pick<Database, "write" | "actor">,
  accountId: number,
  { added, activated, deactivated }: Alignment,
  now: number,
): Promise<Alignment> {
  if (added.length + activated.length + deactivated.length === 0) return { added, activated, deactivated };
  const insert = {
    sql: `INSERT INTO numbers (number, account_id, active, label, created_at)
        SELECT value, ?1, 1, NULL, ?2 FROM json_each(?3) WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1)
        ON CONFLICT (number) DO NOTHING RETURNING number`,
    args: [accountId, now, JSON.stringify(added)],
  };
  const told = (action: string, numbers: readonly string[]) =>
    audited(database, action, { account_id: accountId, numbers: numbers.slice(0, MAX_TOLD) }, "count");
  const parts = [
    [insert, ...told("numbers.add", added)],
    [setActive(accountId, true, activated), ...told("numbers.activate", activated)],
    [setActive(accountId, false, deactivated), ...told("numbers.deactivate", deactivated)],
  ];
  const results = await database.write([...parts.flat(), BUMP_DIRECTORY]);
  const [first, second, third] = parts.map((_, at) =>
    results[parts.slice(0, at).flat().length]?.rows.map(({ number }) => String(number)),
  );
  return { added: first ?? [], activated: second ?? [], deactivated: third ?? [] };
}

/** Each number is found by its key. */
function setActive(accountId: number, isActive: boolean, numbers: readonly string[]): Statement {
  const active = isActive ? 1 : 0;
  return {
    sql: `UPDATE numbers SET active = ? WHERE account_id = ? AND active <> ?
      AND number IN (SELECT value FROM json_each(?)) RETURNING number`,
    args: [active, accountId, active, JSON.stringify(numbers)],
  };
}
