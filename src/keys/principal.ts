/** What a key may do and see at one version of the directory, and how that is read. */
import type { Read, Row } from "../database/result.ts";
import type { AccountKind } from "../directory/accounts.ts";
import { ApiError } from "../errors.ts";
import type { Credential } from "./credential.ts";
import { hashKey, type Scope } from "./key.ts";
import { type HeldTicket, TICKET_COLUMNS, TICKET_OF_HASH, toTicket } from "./ticket.ts";

export interface Principal {
  readonly keyId: number;
  readonly name: string;
  readonly account: { readonly id: number; readonly kind: AccountKind; readonly name: string };
  readonly teams: readonly { readonly id: number; readonly name: string }[];
  readonly scopes: readonly string[];
  /** Milliseconds since 1970, or null for ever. */
  readonly expiresAt: number | null;
  /** The accounts whose messages it may see: its own and its teams', ascending. */
  readonly accountIds: readonly number[];
  /** The database's epoch when this was read … */
  readonly epoch: string;
  /** … and the directory's version. */
  readonly version: number;
  /** The ticket that stood for the key, if one did. */
  readonly ticket: HeldTicket | null;
}

/** What is looked up: the hash of a key or of a ticket. */
export interface HashedCredential {
  readonly hash: string;
  readonly kind: "key" | "ticket";
}

/** Keys looked up in one statement when what is open is judged again. */
const KEYS_PER_READ = 200;

// One statement, so that key, account and teams are of one moment.
const COLUMNS = `k.id, k.name, k.scopes, k.expires_at, a.id AS account_id, a.kind, a.name AS account_name,
  (SELECT json_group_array(json_object('id', t.id, 'name', t.name))
     FROM members m JOIN accounts t ON t.id = m.team_id WHERE m.user_id = a.id) AS teams,
  i.epoch, i.directory_version AS version`;
const INSTALLATION = "JOIN installation i ON i.id = 1";
const BY_KEY = `SELECT ${COLUMNS} FROM keys k JOIN accounts a ON a.id = k.account_id ${INSTALLATION} WHERE k.revoked_at IS NULL AND`;
const BY_TICKET = `
  SELECT ${COLUMNS}, ${TICKET_COLUMNS}
  FROM ${TICKET_OF_HASH} JOIN keys k ON k.id = ticket.key_id JOIN accounts a ON a.id = k.account_id
  ${INSTALLATION} WHERE k.revoked_at IS NULL`;

/** Null when what was shown has neither form: of that nothing is looked up, and nothing kept. */
export function hashed({ secret, kind }: Credential): HashedCredential | null {
  return kind && { hash: hashKey(secret), kind };
}

/** As it stands now; null when there is no such key or ticket, or its key is revoked. Throws what reading throws. */
export async function readPrincipal(read: Read, { hash, kind }: HashedCredential): Promise<Principal | null> {
  const sql = kind === "key" ? `${BY_KEY} k.hash = ?` : BY_TICKET;
  const [row] = (await read({ sql, args: [hash] })).rows;
  return row ? toPrincipal(row) : null;
}

/** The principals of these keys as they stand now; a key that is revoked or gone is absent. */
export async function readPrincipals(read: Read, keyIds: readonly number[]): Promise<Map<number, Principal>> {
  const found = new Map<number, Principal>();
  for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
    const page = JSON.stringify(keyIds.slice(at, at + KEYS_PER_READ));
    const sql = `${BY_KEY} k.id IN (SELECT value FROM json_each(?))`;
    const { rows } = await read({ sql, args: [page] });
    for (const row of rows) found.set(Number(row.id), toPrincipal(row));
  }
  return found;
}

/** Throws the fault `forbidden`, naming the scope. */
export function requireScope(principal: Principal, scope: Scope | "any"): void {
  if (scope === "any" || principal.scopes.includes(scope)) return;
  throw new ApiError("forbidden", `This API key lacks the scope ${scope}.`, { scope });
}

/** The fault `unauthorized`: the same words whatever is wrong with the key. */
export function unauthorized(): ApiError {
  return new ApiError("unauthorized", "A valid API key is needed, as Authorization: Bearer KEY.");
}

/** When the key or the ticket that stood for it ends, whichever comes first: ms since 1970, or infinity. */
export function endOf({ expiresAt, ticket }: Pick<Principal, "expiresAt" | "ticket">): number {
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, ticket?.expiresAt ?? Number.POSITIVE_INFINITY);
}

function toPrincipal(row: Row): Principal {
  const accountId = Number(row.account_id);
  const teams = JSON.parse(String(row.teams)) as { id: number; name: string }[];
  return {
    keyId: Number(row.id),
    name: String(row.name),
    account: { id: accountId, kind: row.kind as AccountKind, name: String(row.account_name) },
    teams,
    scopes: JSON.parse(String(row.scopes)) as string[],
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    epoch: String(row.epoch),
    version: Number(row.version),
    accountIds: [accountId, ...teams.map((team) => team.id)].sort((a, b) => a - b),
    ticket: toTicket(row),
  };
}
