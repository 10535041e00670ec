/** What the installation's row and the counters say, against the rows. All of one moment: a service may be at work. */
import { CURSOR, formatCursor } from "../../values/cursor.ts";
import type { Read } from "../result.ts";

const COUNTERS = `
  SELECT count(*) AS rows, min(epoch) AS epoch, min(pruned_through) AS pruned, min(indexed_through) AS indexed,
    (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages') AS position,
    (SELECT count(*) FROM sqlite_sequence WHERE name = 'messages') AS counters,
    (SELECT coalesce(max(seq), 0) FROM messages) AS newest,
    coalesce((SELECT seq FROM messages m
      WHERE NOT EXISTS (SELECT 1 FROM retentions r WHERE r.account_id = m.account_id) ORDER BY seq LIMIT 1), 9e15) AS oldest,
    (SELECT coalesce(max(id), 0) FROM accounts) AS account,
    (SELECT coalesce(max(id), 0) FROM keys) AS key,
    (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'accounts') AS accounts,
    (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'keys') AS keys,
    (SELECT coalesce(max(account_id), 0) FROM messages) AS owner
  FROM installation`;

export async function checkCounters(read: Read): Promise<string[]> {
  const [row] = (await read(COUNTERS)).rows;
  if (Number(row?.rows) !== 1) return [`installation has ${Number(row?.rows)} rows instead of one`];
  const n = (name: string) => Number(row?.[name]);
  const faults: [boolean, string][] = [
    [!CURSOR.test(formatCursor(String(row?.epoch), 0)), "the epoch is not one that a cursor can have"],
    [n("counters") > 1, "sqlite_sequence counts the messages twice"],
    [n("newest") > n("position"), `message ${n("newest")} is beyond the newest position, ${n("position")}`],
    [n("pruned") > n("position"), `pruned_through, ${n("pruned")}, is beyond the newest position`],
    [n("indexed") > n("position"), `indexed_through, ${n("indexed")}, is beyond the newest position`],
    [
      n("oldest") <= n("pruned"),
      `message ${n("oldest")} is there, and retention removed all up to ${n("pruned")}`,
    ],
    [n("account") > n("accounts"), "the accounts' counter is behind their ids: one would be given twice"],
    [n("key") > n("keys"), "the keys' counter is behind their ids: one would be given twice"],
    [n("owner") > n("accounts"), `account ${n("owner")} has messages, and was never made`],
  ];
  return faults.filter(([isFault]) => isFault).map(([, sentence]) => sentence);
}
