/** API keys: issued, listed, revoked, rotated. A key is shown once, where it is made. */
import { and, asc, eq, gt, inArray, isNull, lt, or } from "drizzle-orm";
import { audited } from "../database/audit.ts";
import { BUMP_DIRECTORY } from "../database/installation.ts";
import { type Database, statement } from "../database/open.ts";
import { keys } from "../database/schema.ts";
import { requireAccount } from "../directory/accounts.ts";
import { CommandError } from "../errors.ts";
import { generateKey, hashKey, keyStart, type Scope } from "./key.ts";

export type StoredKey = typeof keys.$inferSelect;
/** The only place where a key itself is held. */
export type IssuedKey = StoredKey & { readonly key: string };

interface NewKey {
  readonly accountId: number;
  readonly scopes: readonly Scope[];
  readonly name: string;
  /** How long it works, in ms, or null for ever. */
  readonly lifetimeMs: number | null;
}

/** Throws {@link CommandError} when there is no such account. */
export async function createKey(database: Database, wanted: NewKey, now: number): Promise<IssuedKey> {
  await requireAccount(database, wanted.accountId);
  const { issued, insert } = issue(database, wanted, now);
  const [inserted] = await database.write([
    insert,
    ...audited(database, "keys.create", wordsOf(issued), "id"),
    BUMP_DIRECTORY,
  ]);
  return { ...issued, id: Number(inserted?.rows[0]?.id) };
}

/** Throws {@link CommandError} when there is no such account. */
export async function listKeys(database: Database, accountId: number | null): Promise<StoredKey[]> {
  if (accountId !== null) await requireAccount(database, accountId);
  return database.orm
    .select()
    .from(keys)
    .where(accountId === null ? gt(keys.account_id, 0) : eq(keys.account_id, accountId))
    .orderBy(asc(keys.id));
}

/** Whether any key works at this moment. */
export async function hasKey(database: Database, now: number): Promise<boolean> {
  const isOurs = gt(keys.account_id, 0); // and not a canary's
  const works = and(isOurs, isNull(keys.revoked_at), or(isNull(keys.expires_at), gt(keys.expires_at, now)));
  return (await database.orm.select().from(keys).where(works).limit(1)).length > 0;
}

/** Revoking a key twice leaves the first time standing. Throws {@link CommandError} when there is no such key. */
export async function revokeKey(database: Database, id: number, now: number): Promise<StoredKey> {
  const key = await requireKey(database, id);
  const revoke = database.orm
    .update(keys)
    .set({ revoked_at: now })
    .where(and(eq(keys.id, id), isNull(keys.revoked_at)));
  await database.write([
    statement(revoke),
    ...audited(database, "keys.revoke", { id, account_id: key.account_id, start: key.start }),
    BUMP_DIRECTORY,
  ]);
  return requireKey(database, id);
}

/**
 * A new key in an old one's place: same account, scopes and name, and as long a life from now on. The old one
 * works for `graceMs` longer, and never longer than it would have. Throws {@link CommandError}.
 */
export async function rotateKey(
  database: Database,
  id: number,
  graceMs: number,
  now: number,
): Promise<IssuedKey> {
  const old = await requireKey(database, id);
  if (old.revoked_at !== null)
    throw new CommandError(`key ${id} is revoked; create another with inlet keys create`);
  if (old.expires_at !== null && old.expires_at <= now) {
    throw new CommandError(`key ${id} has expired; create another with inlet keys create`);
  }
  const wanted: NewKey = {
    accountId: old.account_id,
    scopes: old.scopes as Scope[],
    name: old.name,
    lifetimeMs: old.lifetime,
  };
  const { issued, insert } = issue(database, wanted, now);
  const end = now + graceMs;
  const retire = database.orm
    .update(keys)
    .set({ expires_at: end })
    .where(and(eq(keys.id, id), or(isNull(keys.expires_at), gt(keys.expires_at, end))));
  const [inserted] = await database.write([
    insert,
    ...audited(database, "keys.rotate", { was: id, ...wordsOf(issued) }, "id"),
    statement(retire),
    BUMP_DIRECTORY,
  ]);
  return { ...issued, id: Number(inserted?.rows[0]?.id) };
}

/** Notes that keys were used: not a change of the directory, so no service looks up. */
export async function touchKeys(database: Database, ids: readonly number[], now: number): Promise<void> {
  const touch = database.orm
    .update(keys)
    .set({ last_used_at: now })
    .where(and(inArray(keys.id, [...ids]), or(isNull(keys.last_used_at), lt(keys.last_used_at, now))));
  await database.write([statement(touch)]);
}

/** What may be told of a key: not the key. */
function wordsOf({ account_id, start, scopes, name, expires_at }: IssuedKey) {
  return { account_id, start, scopes, name, expires_at };
}

/** Whether it works at this moment, or why it does not. */
export function statusOf(key: StoredKey, now: number): "active" | "expired" | "revoked" {
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && key.expires_at <= now ? "expired" : "active";
}

/** Throws {@link CommandError} when there is no such key. */
export async function requireKey(database: Database, id: number): Promise<StoredKey> {
  const [key] = await database.orm.select().from(keys).where(eq(keys.id, id));
  if (!key) throw new CommandError(`key ${id} not found; inlet keys list shows all keys`);
  return key;
}

function issue(database: Database, { accountId, scopes, name, lifetimeMs }: NewKey, now: number) {
  const key = generateKey();
  const row = {
    hash: hashKey(key),
    start: keyStart(key),
    account_id: accountId,
    name,
    scopes: [...scopes],
    created_at: now,
    expires_at: lifetimeMs === null ? null : now + lifetimeMs,
    lifetime: lifetimeMs,
    revoked_at: null,
    last_used_at: null,
  };
  return {
    issued: { ...row, id: 0, key },
    insert: statement(database.orm.insert(keys).values(row).returning()),
  };
}
