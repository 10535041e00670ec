/** Numbers and whose they are. Which account a message falls to is decided where it is inserted, by these rows. */
import { and, asc, eq, gt } from "drizzle-orm";
import { audited } from "../database/audit.ts";
import {
  BUMP_DIRECTORY,
  INSTALLATION_COLUMNS,
  type Installation,
  toInstallation,
} from "../database/installation.ts";
import { mergeable } from "../database/merge.ts";
import { type Database, statement } from "../database/open.ts";
import type { Read } from "../database/result.ts";
import { numbers } from "../database/schema.ts";
import { CommandError } from "../errors.ts";
import { requireAccount } from "./accounts.ts";

export type OwnedNumber = typeof numbers.$inferSelect;

/** Throws {@link CommandError} when there is no such account, or the number is already somebody's. */
export async function addNumber(
  database: Database,
  number: string,
  accountId: number,
  label: string | null,
  now: number,
): Promise<OwnedNumber> {
  await requireAccount(database, accountId);
  const row = { number, account_id: accountId, active: true, label, created_at: now };
  const insert = database.orm.insert(numbers).values(row).onConflictDoNothing({ target: numbers.number });
  const [inserted] = await database.write([
    statement(insert),
    ...audited(database, "numbers.add", { number, account_id: accountId, label }),
    BUMP_DIRECTORY,
  ]);
  if (inserted?.rowsAffected) return row;
  const present = await findNumber(database, number);
  throw new CommandError(
    `${number} already belongs to account ${present?.account_id ?? "?"}; inlet numbers move hands it to another`,
  );
}

export async function listNumbers(database: Database): Promise<OwnedNumber[]> {
  return database.orm
    .select()
    .from(numbers)
    .where(gt(numbers.account_id, 0))
    .orderBy(asc(numbers.account_id), asc(numbers.number));
}

/** One of those that receive messages, or null when there is none. */
export async function activeNumber(database: Database): Promise<string | null> {
  const isOurs = and(eq(numbers.active, true), gt(numbers.account_id, 0));
  const [found] = await database.orm.select().from(numbers).where(isOurs).limit(1);
  return found?.number ?? null;
}

/** Throws {@link CommandError} when the number is nobody's. */
export function setActive(database: Database, number: string, active: boolean): Promise<OwnedNumber> {
  return changeNumber(database, number, active ? "numbers.activate" : "numbers.deactivate", { active });
}

/** Later messages are the new account's; those already stored stay the old one's. Throws {@link CommandError}. */
export async function moveNumber(
  database: Database,
  number: string,
  accountId: number,
): Promise<OwnedNumber> {
  await requireAccount(database, accountId);
  return changeNumber(database, number, "numbers.move", { account_id: accountId });
}

/** Later messages to it are kept as unrouted. Throws {@link CommandError} when the number is nobody's. */
export async function removeNumber(database: Database, number: string): Promise<OwnedNumber> {
  const present = await findNumber(database, number);
  const remove = database.orm.delete(numbers).where(eq(numbers.number, number));
  const [removed] = await database.write([
    statement(remove),
    ...audited(database, "numbers.remove", { number, account_id: present?.account_id ?? null }),
    BUMP_DIRECTORY,
  ]);
  if (!present || !removed?.rowsAffected) throw unknownNumber(number);
  return present;
}

/** Those of the numbers that belong to one of the accounts now, active or not. */
export async function ownedAmong(
  database: Pick<Database, "read">,
  candidates: readonly string[],
  accountIds: readonly number[],
): Promise<Set<string>> {
  // Looked up by number: as parameters, five thousand accounts take 100 ms to phrase and to prepare.
  const { rows } = await database.read({
    sql: "SELECT number, account_id FROM numbers WHERE number IN (SELECT value FROM json_each(?))",
    args: [JSON.stringify(candidates)],
  });
  const owners = new Set(accountIds);
  return new Set(rows.filter((row) => owners.has(Number(row.account_id))).map((row) => String(row.number)));
}

export interface NumberPage {
  /** In the order of their digits; at most one more than the limit, which says that there are more. */
  readonly numbers: readonly Pick<OwnedNumber, "number" | "account_id" | "active" | "label">[];
  /** At the same moment; where there are very many accounts, before the last of them was looked at. */
  readonly installation: Installation;
}

/** The numbers of these accounts that come after `after`. Each account's come straight from the index. */
export async function pageNumbers(
  read: Read,
  accountIds: readonly number[],
  after: string,
  limit: number,
): Promise<NumberPage> {
  const numbers: NumberPage["numbers"][number][] = [];
  let installation: Installation | null = null;
  for (const merged of mergeable(accountIds)) {
    const select =
      "SELECT number, account_id, active, label FROM numbers WHERE account_id = ? AND number > ?";
    const sql = `SELECT ${INSTALLATION_COLUMNS}, (
        SELECT json_group_array(json_array(number, account_id, active, label)) FROM (
          ${merged.map(() => select).join(" UNION ALL ")} ORDER BY number LIMIT ?)) AS page
      FROM installation WHERE id = 1`;
    const args = [...merged.flatMap((id) => [id, after]), limit + 1];
    const [row] = (await read({ sql, args })).rows;
    installation ??= toInstallation(row);
    const page = JSON.parse(String(row?.page)) as [string, number, number, string | null][];
    for (const [number, account_id, active, label] of page)
      numbers.push({ number, account_id, active: active === 1, label });
  }
  if (!installation) throw new Error("a key sees at least its own account");
  numbers.sort((a, b) => (a.number < b.number ? -1 : 1));
  return { numbers: numbers.slice(0, limit + 1), installation };
}

async function changeNumber(
  database: Database,
  number: string,
  action: string,
  change: Partial<Pick<OwnedNumber, "account_id" | "active">>,
): Promise<OwnedNumber> {
  const update = database.orm.update(numbers).set(change).where(eq(numbers.number, number));
  const [updated] = await database.write([
    statement(update),
    ...audited(database, action, { number, ...change }),
    BUMP_DIRECTORY,
  ]);
  const present = await findNumber(database, number);
  if (!updated?.rowsAffected || !present) throw unknownNumber(number);
  return present;
}

/** Null when the number is nobody's. */
export async function findNumber(database: Database, number: string): Promise<OwnedNumber | null> {
  const [found] = await database.orm.select().from(numbers).where(eq(numbers.number, number));
  return found ?? null;
}

export function unknownNumber(number: string): CommandError {
  return new CommandError(`number ${number} not found; inlet numbers list shows all numbers`);
}
