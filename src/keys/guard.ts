/** Who is asking: an Authorization header → the key's access, as it stands now. */
import type { Database } from "../database/database.ts";
import type { AccountKind } from "../directory/accounts.ts";
import { Fault } from "../errors.ts";
import { log, shownError } from "../log.ts";
import { hashKey, isKey, type Scope } from "./key.ts";

/** What a key may do and see at one version of the directory. */
export interface Access {
  readonly keyId: number;
  readonly name: string;
  readonly account: { readonly id: number; readonly kind: AccountKind; readonly name: string };
  readonly teams: readonly { readonly id: number; readonly name: string }[];
  readonly scopes: readonly string[];
  /** Milliseconds since 1970, or null for ever. */
  readonly expiresAt: number | null;
  /** The accounts whose messages it may see: its own and its teams', ascending. */
  readonly sees: readonly number[];
  /** The directory's version when this was read. */
  readonly version: number;
}

/** Bounds the memory of the cache: about a kilobyte each. */
const MOST_CACHED = 10_000;
/** Keys looked up in one statement when open streams are judged again. */
const KEYS_PER_READ = 200;

// One statement, so that key, account and teams are of one moment.
const ACCESS = `
  SELECT k.id, k.name, k.scopes, k.expires_at, a.id AS account_id, a.kind, a.name AS account_name,
    (SELECT json_group_array(json_object('id', t.id, 'name', t.name))
       FROM members m JOIN accounts t ON t.id = m.team_id WHERE m.user_id = a.id) AS teams,
    (SELECT directory_version FROM installation WHERE id = 1) AS version
  FROM keys k JOIN accounts a ON a.id = k.account_id
  WHERE k.revoked_at IS NULL AND `;

export class Guard {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #onUse: (keyId: number) => void;
  /** Accesses by the hash of their key, all of the present version. A stranger's key is never kept. */
  readonly #cache = new Map<string, Access>();
  #version = 0;

  constructor(database: Database, now: () => number, onUse: (keyId: number) => void = () => undefined) {
    this.#database = database;
    this.#now = now;
    this.#onUse = onUse;
  }

  /** The version of the directory that what is cached was read at, or a later one. */
  get version(): number {
    return this.#version;
  }

  /** Forgets what was read before this version of the directory. */
  refresh(version: number): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#cache.clear();
  }

  /** Throws the fault `unauthorized`, with the same words whatever is wrong with the key, or `unavailable`. */
  async authenticate(headers: Headers): Promise<Access> {
    const key = bearer(headers.get("authorization"));
    if (key === null || !isKey(key)) throw unauthorized();
    const hash = hashKey(key);
    const access = this.#cache.get(hash) ?? (await this.#lookUp(hash));
    if (access === null || this.hasExpired(access)) throw unauthorized();
    this.#onUse(access.keyId);
    return access;
  }

  hasExpired(access: Access): boolean {
    return access.expiresAt !== null && access.expiresAt <= this.#now();
  }

  /** The accesses of these keys as they stand now; a key that is revoked or gone is absent. */
  async current(keyIds: readonly number[]): Promise<Map<number, Access>> {
    const found = new Map<number, Access>();
    for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
      const page = JSON.stringify(keyIds.slice(at, at + KEYS_PER_READ));
      const sql = `${ACCESS} k.id IN (SELECT value FROM json_each(?))`;
      const { rows } = await this.#database.read({ sql, args: [page] });
      for (const row of rows) found.set(Number(row.id), toAccess(row));
    }
    return found;
  }

  async #readAccess(hash: string) {
    try {
      return (await this.#database.read({ sql: `${ACCESS} k.hash = ?`, args: [hash] })).rows[0];
    } catch (cause) {
      log.error("a key could not be looked up", shownError(cause));
      throw new Fault("unavailable", "The database does not answer.", { retryAfterSeconds: 2, cause });
    }
  }

  async #lookUp(hash: string): Promise<Access | null> {
    const row = await this.#readAccess(hash);
    if (!row) return null;
    const access = toAccess(row);
    if (access.version >= this.#version) {
      const oldest = this.#cache.size >= MOST_CACHED ? this.#cache.keys().next().value : undefined;
      if (oldest !== undefined) this.#cache.delete(oldest);
      this.#cache.set(hash, access);
    }
    return access;
  }
}

/** Throws the fault `forbidden`, naming the scope. */
export function requireScope(access: Access, scope: Scope): void {
  if (access.scopes.includes(scope)) return;
  throw new Fault("forbidden", `This API key lacks the scope ${scope}.`, { scope });
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
function bearer(header: string | null): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? "")?.[1] ?? null;
}

/** The fault `unauthorized`: the same words whatever is wrong with the key. */
export function unauthorized(): Fault {
  return new Fault("unauthorized", "A valid API key is needed, as Authorization: Bearer KEY.");
}

function toAccess(row: Readonly<Record<string, unknown>>): Access {
  const accountId = Number(row.account_id);
  const teams = JSON.parse(String(row.teams)) as { id: number; name: string }[];
  return {
    keyId: Number(row.id),
    name: String(row.name),
    account: { id: accountId, kind: row.kind as AccountKind, name: String(row.account_name) },
    teams,
    scopes: JSON.parse(String(row.scopes)) as string[],
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    version: Number(row.version),
    sees: [accountId, ...teams.map((team) => team.id)].sort((a, b) => a - b),
  };
}
