/** Fills a populated database with messages, straight through SQLite: a million in five seconds. */
import { Database } from "bun:sqlite";
import { indexInBulk } from "../search/bulk.ts";
import { numberOf } from "./populate.ts";

/** Of the first account: a tenth of all messages are its own, and of those a hundredth is to this number. */
export const QUIET_NUMBER = "+14151000001";
const DAYS = 30;

/** What the bodies are cut from. */
const WORDS = `your appointment with the doctor is on tuesday at nine fifteen please reply yes to confirm or no to
 cancel the package will arrive tomorrow between eight and noon thank you for your order we will call you back about
 the invoice tonight is the code still valid my train was late can we meet at the station instead see you there`;
const START = 280;
const LENGTH = 120;

/** Spread over the last thirty days and the accounts 1 to `accounts`. */
export function fillMessages(file: string, messages: number, accounts: number): void {
  const database = new Database(file);
  for (const pragma of [
    "synchronous = OFF",
    "journal_mode = OFF",
    "cache_size = -400000",
    "temp_store = MEMORY",
  ])
    database.run(`PRAGMA ${pragma}`);
  database.run("INSERT INTO numbers (number, account_id, active, created_at) VALUES (?, 1, true, 0)", [
    QUIET_NUMBER,
  ]);
  // Sorted at the end, an index is made in a tenth of the time that row after row would take.
  const indexes = database
    .query<{ name: string; sql: string }, []>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of indexes) database.run(`DROP INDEX ${name}`);
  const startsAt = Date.now() - DAYS * 86_400_000;
  const body = `substr(?4, 1 + abs(random()) % ${START}, 20 + abs(random()) % ${LENGTH})`;
  database.run(
    `WITH RECURSIVE ids (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM ids WHERE i < ?1),
      drawn AS MATERIALIZED (
        SELECT i, iif(abs(random()) % 10 = 0, 1, 1 + abs(random()) % ?2) AS account, abs(random()) % 100 AS part,
          ?3 + i * ${DAYS * 86_400_000} / ?1 AS at FROM ids)
    INSERT INTO messages (message_id, telnyx_id, account_id, owner_id, "from", "to", body, received_at, stored_at)
    SELECT 'msg_' || lower(hex(randomblob(16))), lower(hex(randomblob(16))), account, account,
      '+1312' || (5550000 + abs(random()) % 10000),
      iif(account = 1 AND part = 0, '${QUIET_NUMBER}', '+1415' || (2000000 + account)),
      ${body}, at, at FROM drawn`,
    [messages, accounts, startsAt, WORDS.replaceAll("\n", "")],
  );
  for (const { sql } of indexes) database.run(sql);
  indexInBulk(database);
  database.run("PRAGMA journal_mode = WAL");
  database.close();
}

export function numbersOf(accounts: number): string[] {
  return Array.from({ length: accounts }, (_, i) => numberOf(i + 1));
}
