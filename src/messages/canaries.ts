/**
 * What `inlet doctor` needs to send itself a message through a running service: an account, a number and a key of its
 * own for a minute, and a key pair whose webhooks are taken for that number alone. Nothing of it stays: it removes it
 * itself, and where it was killed the service does. Its ids are negative, so that they use up no other's.
 */
import { randomInt } from "node:crypto";
import { BUMP_DIRECTORY } from "../database/installation.ts";
import type { Database } from "../database/open.ts";
import type { Read, Statement } from "../database/result.ts";
import { generateKey, hashKey, keyStart } from "../keys/key.ts";
import { DATABASE_NOW } from "./insert.ts";

export interface Canary {
  readonly accountId: number;
  /** Of a code that no country has: nobody can own it, and Telnyx sends nothing to it. */
  readonly recipient: string;
  /** API keys: one for each stream, of which a key may have only one at a time. */
  readonly keys: readonly [inside: string, outside: string];
}

export interface LiveCanary {
  /** Base64 of 32 raw bytes. */
  readonly publicKey: string;
  readonly recipient: string;
}

/** The longest that one is trusted. */
const LIFE_MS = 60_000;
/** How long a message may be under way to the store when its canary is gone. */
const STRAY_MS = 60_000;
/** So many doctors at once; each costs a webhook that is not Telnyx's a tenth of a millisecond. */
const MAX_LIVE = 4;
const LOWEST_ID = 2 ** 47;
/** ITU-T E.164: 999 is kept free. */
const RECIPIENT = /^\+99900[0-9]{10}$/;
/** The same in the order of the index. */
const IS_CANARYS = `"to" >= '+99900' AND "to" < '+99901'`;
/** For lists of everybody's messages. It never decides by which index they are found. */
export const NO_CANARYS = "(+account_id IS NULL OR +account_id > 0)";
/** One that would live longer than a minute was made by nobody of ours, or the clock was set back. */
const LIVES = `expires_at > ${DATABASE_NOW} AND expires_at <= ${DATABASE_NOW} + ${LIFE_MS}`;

/** Those that live by the database's clock. What was put there by other hands, and for other numbers, is not among them. */
export async function liveCanaries(read: Read): Promise<LiveCanary[]> {
  const { rows } = await read(
    `SELECT public_key, recipient FROM canaries WHERE account_id < 0 AND ${LIVES} LIMIT ${MAX_LIVE}`,
  );
  return rows
    .map((row) => ({ publicKey: String(row.public_key), recipient: String(row.recipient) }))
    .filter(({ recipient }) => RECIPIENT.test(recipient));
}

/** `publicKey` as in {@link LiveCanary}. */
export async function plantCanary({ write }: Pick<Database, "write">, publicKey: string): Promise<Canary> {
  const accountId = -randomInt(1, LOWEST_ID);
  const recipient = `+99900${String(randomInt(10 ** 10)).padStart(10, "0")}`;
  const keys = [generateKey(), generateKey()] as const;
  const end = `${DATABASE_NOW} + ${LIFE_MS}`;
  await write([
    ...SWEEP,
    {
      sql: `INSERT INTO accounts (id, kind, name, created_at) VALUES (?, 'user', 'inlet doctor', ${DATABASE_NOW})`,
      args: [accountId],
    },
    {
      sql: `INSERT INTO numbers (number, account_id, active, created_at) VALUES (?, ?, 1, ${DATABASE_NOW})`,
      args: [recipient, accountId],
    },
    ...keys.map((key) => ({
      sql: `INSERT INTO keys (id, hash, start, account_id, name, scopes, created_at, expires_at)
        VALUES (?, ?, ?, ?, 'inlet doctor', '["sms:read"]', ${DATABASE_NOW}, ${end})`,
      args: [-randomInt(1, LOWEST_ID), hashKey(key), keyStart(key), accountId],
    })),
    {
      sql: `INSERT INTO canaries (account_id, public_key, recipient, expires_at) VALUES (?, ?, ?, ${end})`,
      args: [accountId, publicKey, recipient],
    },
  ]);
  return { accountId, recipient, keys };
}

/** Its message goes without a tombstone: no copy of it can come, because nobody trusts its signature any more. */
export async function removeCanary(
  { write }: Pick<Database, "write">,
  { accountId, recipient }: Canary,
): Promise<void> {
  await write([
    { sql: `DELETE FROM messages WHERE ${IS_CANARYS} AND "to" = ?`, args: [recipient] },
    ...["numbers", "keys"].map((table) => ({
      sql: `DELETE FROM ${table} WHERE account_id = ? AND account_id < 0`,
      args: [accountId],
    })),
    { sql: "DELETE FROM accounts WHERE id = ? AND id < 0", args: [accountId] },
    { sql: "DELETE FROM canaries WHERE account_id = ?", args: [accountId] },
    BUMP_DIRECTORY,
  ]);
}

const DEAD = `SELECT account_id FROM canaries WHERE account_id < 0 AND NOT (${LIVES})`;

/** Looks at what there is of canaries, which is nothing as a rule. */
const SWEEP: readonly Statement[] = [
  `UPDATE installation SET directory_version = directory_version + 1 WHERE id = 1 AND EXISTS (${DEAD})`,
  `DELETE FROM messages WHERE ${IS_CANARYS} AND (account_id IN (${DEAD})
    OR stored_at < ${DATABASE_NOW} - ${LIFE_MS + STRAY_MS} OR stored_at > ${DATABASE_NOW} + ${LIFE_MS})`,
  `DELETE FROM numbers WHERE account_id IN (${DEAD})`,
  `DELETE FROM keys WHERE account_id IN (${DEAD})`,
  `DELETE FROM accounts WHERE id IN (${DEAD})`,
  `DELETE FROM canaries WHERE account_id >= 0 OR NOT (${LIVES})`,
];

/** Removes what a doctor that was killed left behind, once its minute is over. */
export async function sweepCanaries({ write }: Pick<Database, "write">): Promise<void> {
  await write([...SWEEP]);
}
