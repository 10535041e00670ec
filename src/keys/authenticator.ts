/** Who is asking: an Authorization header, or a ticket → the key's access, as it stands now. */
import type { Database } from "../database/open.ts";
import type { AccountKind } from "../directory/accounts.ts";
import { Fault, unavailable } from "../errors.ts";
import { shownError } from "../log/log.ts";
import { Tally } from "../log/throttled.ts";
import { type Credential, shownKey, shownTicket } from "./credential.ts";
import { hashKey, type Scope } from "./key.ts";
import type { Strangers } from "./throttle.ts";

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
  /** The ticket that stood for the key, if one did. */
  readonly ticket: HeldTicket | null;
}

interface HeldTicket {
  readonly id: number;
  /** The numbers it is narrowed to; null for all that the key sees. */
  readonly to: readonly string[] | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Bounds the memory of the cache: about a kilobyte each. */
const MOST_CACHED = 10_000;
/** Keys looked up in one statement when open streams are judged again. */
const KEYS_PER_READ = 200;

// One statement, so that key, account and teams are of one moment.
const COLUMNS = `k.id, k.name, k.scopes, k.expires_at, a.id AS account_id, a.kind, a.name AS account_name,
  (SELECT json_group_array(json_object('id', t.id, 'name', t.name))
     FROM members m JOIN accounts t ON t.id = m.team_id WHERE m.user_id = a.id) AS teams,
  (SELECT directory_version FROM installation WHERE id = 1) AS version`;
const BY_KEY = `SELECT ${COLUMNS} FROM keys k JOIN accounts a ON a.id = k.account_id WHERE k.revoked_at IS NULL AND`;
const BY_TICKET = `
  SELECT ${COLUMNS}, ticket.id AS ticket_id, ticket."to" AS ticket_to, ticket.expires_at AS ticket_expires_at
  FROM tickets ticket JOIN keys k ON k.id = ticket.key_id JOIN accounts a ON a.id = k.account_id
  WHERE k.revoked_at IS NULL AND ticket.hash = ?`;

export class Guard {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #onUse: (keyId: number) => void;
  readonly #strangers: Strangers | null;
  readonly #unread = new Tally("a key could not be looked up", "error");
  /**
   * Accesses by the hash of their key or ticket. One that is not of the present version has been good, and is looked
   * up again. A stranger's is never kept.
   */
  readonly #cache = new Map<string, Access>();
  #version = 0;

  /** Without `strangers` nobody is limited in how often they may fail. */
  constructor(
    database: Database,
    now: () => number,
    onUse: (keyId: number) => void = () => undefined,
    strangers: Strangers | null = null,
  ) {
    this.#database = database;
    this.#now = now;
    this.#onUse = onUse;
    this.#strangers = strangers;
  }

  /** The version of the directory that what is cached was read at, or a later one. */
  get version(): number {
    return this.#version;
  }

  /** Believes nothing any more that was read before this version of the directory. */
  refresh(version: number): void {
    this.#version = version;
  }

  /**
   * By the key in the Authorization header. Throws the fault `unauthorized`, with the same words whatever is wrong
   * with the key, `rate_limited` when too many have failed from the same address, or `unavailable`.
   */
  authenticate(request: Request): Promise<Access> {
    return this.#judge(request, shownKey(request));
  }

  /** The same, where a ticket in the query opens, too: the header decides if there is one. */
  admit(request: Request): Promise<Access> {
    return this.#judge(request, shownKey(request) ?? shownTicket(request));
  }

  hasExpired({ expiresAt, ticket }: Access): boolean {
    const ends = Math.min(
      expiresAt ?? Number.POSITIVE_INFINITY,
      ticket?.expiresAt ?? Number.POSITIVE_INFINITY,
    );
    return ends <= this.#now();
  }

  /** The accesses of these keys as they stand now; a key that is revoked or gone is absent. */
  async current(keyIds: readonly number[]): Promise<Map<number, Access>> {
    const found = new Map<number, Access>();
    for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
      const page = JSON.stringify(keyIds.slice(at, at + KEYS_PER_READ));
      const sql = `${BY_KEY} k.id IN (SELECT value FROM json_each(?))`;
      const { rows } = await this.#database.read({ sql, args: [page] });
      for (const row of rows) found.set(Number(row.id), toAccess(row));
    }
    return found;
  }

  async #judge(request: Request, shown: Credential | null): Promise<Access> {
    if (!shown) throw unauthorized(); // nothing was tried
    const { secret, kind } = shown;
    // Of what has neither form nothing is kept: a key that stands where a ticket belongs must not be found here.
    const hash = kind && hashKey(secret);
    const known = hash ? this.#cache.get(hash) : undefined;
    // Before anything waits, as long as the connection is there to be asked where it comes from.
    const caller = known ? null : (this.#strangers?.admit(request) ?? null);
    const isPresent = known && known.version >= this.#version;
    const access = isPresent ? known : hash && (await this.#lookUp(hash, kind));
    if (access && !this.hasExpired(access)) {
      this.#onUse(access.keyId);
      return access;
    }
    if (hash) this.#cache.delete(hash);
    if (caller !== null) this.#strangers?.note(caller);
    throw unauthorized();
  }

  async #readAccess(hash: string, kind: NonNullable<Credential["kind"]>) {
    const sql = kind === "key" ? `${BY_KEY} k.hash = ?` : BY_TICKET;
    try {
      return (await this.#database.read({ sql, args: [hash] })).rows[0];
    } catch (cause) {
      this.#unread.count(shownError(cause));
      throw unavailable(cause);
    }
  }

  async #lookUp(hash: string, kind: NonNullable<Credential["kind"]>): Promise<Access | null> {
    const row = await this.#readAccess(hash, kind);
    if (!row) return null;
    const access = toAccess(row);
    if (access.version >= this.#version) {
      this.#cache.delete(hash);
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
    ticket: toTicket(row),
  };
}

function toTicket(row: Readonly<Record<string, unknown>>): HeldTicket | null {
  const { ticket_id: id, ticket_to: to, ticket_expires_at: expiresAt } = row;
  if (id === undefined) return null;
  return {
    id: Number(id),
    to: to === null ? null : (JSON.parse(String(to)) as string[]),
    expiresAt: Number(expiresAt),
  };
}
