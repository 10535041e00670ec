/** Accounts: users and teams, with small ids that are never given twice. */
import { and, asc, eq, gt, isNull, notExists, sql } from "drizzle-orm";
import { audited } from "../database/audit.ts";
import { BUMP_DIRECTORY } from "../database/installation.ts";
import { type Database, statement } from "../database/open.ts";
import type { Statement } from "../database/result.ts";
import { accounts, keys, numbers } from "../database/schema.ts";
import { CommandError } from "../errors.ts";

export type AccountKind = "user" | "team";
export type Account = typeof accounts.$inferSelect;

export async function createAccount(
  database: Database,
  kind: AccountKind,
  name: string,
  now: number,
): Promise<Account> {
  const insert = database.orm.insert(accounts).values({ kind, name, created_at: now });
  const [inserted] = await database.write([
    statement(insert.returning()),
    ...audited(database, "accounts.create", { kind, name }, "id"),
    BUMP_DIRECTORY,
  ]);
  return { id: Number(inserted?.rows[0]?.id), kind, name, created_at: now };
}

export async function listAccounts(database: Database): Promise<Account[]> {
  // A canary of inlet doctor's is nobody's.
  return database.orm.select().from(accounts).where(gt(accounts.id, 0)).orderBy(asc(accounts.id));
}

export async function findAccount(database: Database, id: number): Promise<Account | null> {
  const [account] = await database.orm.select().from(accounts).where(eq(accounts.id, id));
  return account ?? null;
}

/** Throws {@link CommandError} when there is no such account. */
export async function requireAccount(database: Database, id: number): Promise<Account> {
  const account = await findAccount(database, id);
  if (!account) throw new CommandError(`account ${id} not found; inlet accounts list shows all accounts`);
  return account;
}

/** Null where RETENTION_DAYS decides; 0 for ever; milliseconds. By account. */
export async function listRetentions({ read }: Pick<Database, "read">): Promise<Map<number, number>> {
  const { rows } = await read("SELECT account_id, keep_ms FROM retentions WHERE keep_ms >= 0");
  return new Map(rows.map((row) => [Number(row.account_id), Number(row.keep_ms)]));
}

export interface AccountChange {
  readonly name?: string | undefined;
  /** Milliseconds its messages are kept; 0 for ever, null as RETENTION_DAYS says; undefined leaves it. */
  readonly retentionMs?: number | null | undefined;
}

/** Throws {@link CommandError} when there is no such account. */
export async function updateAccount(
  database: Database,
  id: number,
  { name, retentionMs }: AccountChange,
): Promise<Account> {
  const account = await requireAccount(database, id);
  await database.write([
    ...(name === undefined
      ? []
      : [
          statement(database.orm.update(accounts).set({ name }).where(eq(accounts.id, id))),
          ...audited(database, "accounts.rename", { id, name, was: account.name }),
        ]),
    ...(retentionMs === undefined
      ? []
      : [
          retain(id, retentionMs),
          ...audited(database, "accounts.retain", { id, retention_ms: retentionMs }),
        ]),
    BUMP_DIRECTORY,
  ]);
  return { ...account, name: name ?? account.name };
}

/** What retention has removed of it so far is what it has removed of all. */
function retain(id: number, retentionMs: number | null): Statement {
  if (retentionMs === null)
    return { sql: "UPDATE retentions SET keep_ms = -1 WHERE account_id = ?", args: [id] };
  return {
    sql: `INSERT INTO retentions (account_id, keep_ms, pruned_through)
      SELECT ?, ?, pruned_through FROM installation WHERE installation.id = 1
      ON CONFLICT (account_id) DO UPDATE SET keep_ms = excluded.keep_ms`,
    args: [id, retentionMs],
  };
}

/** The files of a deleted account's pictures are to go. Costs a look into an index for each picture that there is. */
const abandonPicturesOf = (id: number): Statement => ({
  sql: `UPDATE media SET state = 'gone' WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE id = ?) AND EXISTS (
    SELECT 1 FROM messages m WHERE m.message_id = media.message_id AND m.account_id = ?)`,
  args: [id, id],
});

/** Its keys are revoked and its memberships end; its messages stay until retention, without pictures. Throws {@link CommandError}. */
export async function deleteAccount(database: Database, id: number, now: number): Promise<Account> {
  const account = await requireAccount(database, id);
  const { orm } = database;
  const owned = orm.select({ one: sql`1` }).from(numbers).where(eq(numbers.account_id, id));
  const [deleted] = await database.write([
    statement(orm.delete(accounts).where(and(eq(accounts.id, id), notExists(owned)))),
    ...audited(database, "accounts.delete", { id, kind: account.kind, name: account.name }),
    // Only where the line above removed the account, and so only where it owned no number at that moment.
    statement(
      orm
        .update(keys)
        .set({ revoked_at: now })
        .where(
          and(
            eq(keys.account_id, id),
            isNull(keys.revoked_at),
            notExists(orm.select({ one: sql`1` }).from(accounts).where(eq(accounts.id, id))),
          ),
        ),
    ),
    // What was to be kept for ever is nobody's now.
    {
      sql: `UPDATE retentions SET keep_ms = -1 WHERE account_id = ? AND keep_ms = 0
        AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = ?)`,
      args: [id, id],
    },
    abandonPicturesOf(id),
    BUMP_DIRECTORY,
  ]);
  if (!deleted?.rowsAffected) {
    throw new CommandError(
      `account ${id} still owns numbers: move them with inlet numbers move, or remove them with inlet numbers remove`,
    );
  }
  return account;
}
