/** Who there is in a simulated run: two users, two teams and a stranger, a number of each, and their keys. */
import { generateKey, hashKey } from "../../src/keys/key.ts";
import type { Store } from "./store.ts";

const ACCOUNTS = ["user", "user", "team", "team", "user"] as const;
/** The account of each begins with its place here; the last one is of no account. */
export const NUMBERS = [1, 2, 3, 4, 5, 6].map((n) => `+1415555000${n}`);

/** `now` in milliseconds since 1970. */
export function furnish(store: Store, now: number): void {
  for (const [i, kind] of ACCOUNTS.entries()) {
    const args = [i + 1, kind, `account ${i + 1}`, now];
    store.now({ sql: "INSERT INTO accounts VALUES (?, ?, ?, ?)", args });
    store.now({
      sql: "INSERT INTO numbers (number, account_id, active, created_at) VALUES (?, ?, 1, ?)",
      args: [NUMBERS[i] ?? "", i + 1, now],
    });
  }
  store.now("INSERT INTO members VALUES (3, 1, 0), (3, 2, 0), (4, 1, 0)");
}

export function addKey(store: Store, account: number, now: number): { id: number; key: string } {
  const key = generateKey();
  const [row] = store.now({
    sql: `INSERT INTO keys (hash, start, account_id, name, scopes, created_at)
      VALUES (?, '', ?, '', '["sms:read"]', ?) RETURNING id`,
    args: [hashKey(key), account, now],
  }).rows;
  store.now("UPDATE installation SET directory_version = directory_version + 1");
  return { id: Number(row?.id), key };
}
