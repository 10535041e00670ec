/** Fills a database that `inlet database migrate` has made, straight through SQLite: faster than by commands. */
import { Database } from "bun:sqlite";
import { generateKey, hashKey, keyStart } from "../../src/keys/key.ts";

export interface Tenant {
  readonly accountId: number;
  readonly number: string;
  readonly key: string;
}

/** Of the account with this id, when {@link populate} made it. */
export function numberOf(accountId: number): string {
  return `+1415${String(2_000_000 + accountId)}`;
}

/** Makes accounts 1 to `accounts`, each a team with a number and a key. Only the first `known` keys are known. */
export function populate(file: string, accounts: number, known = accounts): Tenant[] {
  const database = new Database(file);
  const tenants = Array.from({ length: known }, (_, i) => ({
    accountId: i + 1,
    number: numberOf(i + 1),
    key: generateKey(),
  }));
  database.transaction(() => {
    const ids = "WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ?)";
    database.run(
      `${ids} INSERT INTO accounts (id, kind, name, created_at) SELECT id, 'team', 'team ' || id, 0 FROM ids`,
      [accounts],
    );
    database.run(
      `${ids} INSERT INTO numbers (number, account_id, active, created_at)
        SELECT '+1415' || (2000000 + id), id, true, 0 FROM ids`,
      [accounts],
    );
    addKeys(database, tenants);
    database.run(
      `${ids} INSERT INTO keys (hash, start, account_id, name, scopes, created_at)
        SELECT lower(hex(randomblob(32))), 'inlet_none', id, '', '["sms:read"]', 0 FROM ids WHERE id > ?`,
      [accounts, known],
    );
  })();
  database.close();
  return tenants;
}

/** Makes a user who is a member of these teams. */
export function addUser(file: string, teams: readonly number[]): Tenant {
  const database = new Database(file);
  const { lastInsertRowid } = database.run(
    "INSERT INTO accounts (kind, name, created_at) VALUES ('user', 'user', 0)",
  );
  const user = { accountId: Number(lastInsertRowid), number: "", key: generateKey() };
  for (const team of teams)
    database.run("INSERT INTO members (team_id, user_id, created_at) VALUES (?, ?, 0)", [
      team,
      user.accountId,
    ]);
  addKeys(database, [user]);
  database.close();
  return user;
}

function addKeys(database: Database, tenants: readonly Tenant[]): void {
  const insert = database.prepare(
    `INSERT INTO keys (hash, start, account_id, name, scopes, created_at) VALUES (?, ?, ?, '', '["sms:read"]', 0)`,
  );
  for (const { key, accountId } of tenants) insert.run(hashKey(key), keyStart(key), accountId);
}
