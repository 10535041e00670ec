/**
 * Whatever is asked for, and however much is stored: no statement of a search takes long, and every search gets to its
 * end. Among 200,000 messages of one account each has a number of its own, and there are words that are in all, words
 * that never meet, and words that never stand together.
 */
import { Database as Sqlite } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/database/open.ts";
import type { Read } from "../../src/database/result.ts";
import { readHistory } from "../../src/messages/history.ts";
import { BEYOND, type HistoryFilter } from "../../src/messages/historyquery.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { parseSearch } from "../../src/search/query.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { indexInBulk } from "./bulk.ts";

setDefaultTimeout(60_000);

const MESSAGES = 200_000;
/** Of CPU: some six times what they take on an idle machine. */
const MAX_STATEMENT_MS = 200;

let database: Database;

beforeAll(async () => {
  const path = join(emptyFolder(), "inlet.db");
  await (await openDatabase({ url: `file:${path}`, authToken: null })).close();
  const sqlite = new Sqlite(path);
  sqlite.run("PRAGMA synchronous = OFF");
  const filler = Array.from({ length: 8 }, (_, i) => `filler${i}`).join(" ");
  sqlite.run(
    `WITH RECURSIVE ids (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM ids WHERE i < ?1)
    INSERT INTO messages (seq, message_id, telnyx_id, account_id, "from", "to", body, received_at, stored_at)
    SELECT i, 'msg_' || i, '', iif(i % 20 = 0, 2 + (i / 20) % 5000, 1), iif(i % 2, '+13125550001', '+13125550002'),
      iif(i % 2, '+14155550002', '+14155550001'),
      'to the your code is ' || iif(i % 2, 'odd', 'even') || ' inv' || substr('000000' || (i * 7919 % 1000003), -7) ||
        iif(i % 50000 = 1, ' rare', '') || ' ${filler}', 0, i FROM ids`,
    [MESSAGES],
  );
  indexInBulk(sqlite);
  sqlite.close();
  database = await openDatabase({ url: `file:${path}`, authToken: null });
});
afterAll(() => database.close());

const ONE = [1];
const MANY = Array.from({ length: 5_000 }, (_, i) => i + 2);
const SOME = MANY.slice(0, 21);

interface Walked {
  readonly found: number;
  readonly pages: number;
  /** CPU of the longest statement, and what of the texts was looked through at once, in ms. */
  readonly longest: number;
}

/** Goes through all pages, or the first of them. */
async function walk(filter: Partial<HistoryFilter>, order: "asc" | "desc", pages = 1_000): Promise<Walked> {
  let longest = 0;
  const readInBackground: Read = async (statement) => {
    const before = process.cpuUsage();
    const result = await database.readInBackground(statement);
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    return result;
  };
  const deps = {
    readInBackground,
    indexer: new Indexer(database, () => MESSAGES),
    share: new Slices().of(1),
  };
  const all: HistoryFilter = { accounts: ONE, to: null, from: null, search: null, ...filter };
  let [after, before, found] = [0, BEYOND, 0];
  for (let page = 1; ; page++) {
    const { messages, next } = await readHistory(deps, { filter: all, order, after, before, limit: 200 });
    found += messages.length;
    if (next === null || page === pages) return { found, pages: page, longest };
    if (order === "asc") after = next;
    else before = next;
  }
}

const words = (count: number) =>
  Array.from({ length: count }, (_, i) => (i % 36).toString(36).repeat(1 + (i % 2)));
const SHAPES: Record<string, string> = {
  "one beginning of all": "inv* ".repeat(16),
  "sixteen beginnings": Array.from({ length: 16 }, (_, i) => `inv${String(i).padStart(3, "0")}*`).join(" "),
  "beginnings that meet": "fil* inv* fille*",
  "a beginning behind a word": "odd-inv* even",
  "a word that is in all": "to ".repeat(200),
  "words that never meet": "odd even",
  "a phrase that never meets": "odd-even",
  "words that never stand together": "code-to the-to your-to is-the",
  "all that is in all":
    "to the your code is filler0 filler1 filler2 filler3 filler4 filler5 filler6 odd even",
  "a long phrase": `${"to-".repeat(160)}code`,
  "very many words": words(200).join("-"),
  "very many phrases": words(200).join(" "),
  "a rare word and common ones": "rare to even",
  "a word that nobody wrote": "zebra",
};

for (const [name, q] of Object.entries(SHAPES)) {
  test(`${name}: every statement is short, for one account, for some and for very many`, async () => {
    const search = parseSearch(q);
    for (const accounts of [ONE, SOME, MANY]) {
      for (const order of ["asc", "desc"] as const) {
        const { longest } = await walk({ accounts, search }, order, 2);
        expect(longest, `${accounts.length} accounts, ${order}`).toBeLessThan(MAX_STATEMENT_MS);
      }
    }
  });
}

test("a sender and a number that never meet", async () => {
  const never = { from: "+13125550001", to: ["+14155550001"] };
  expect(await walk(never, "desc")).toMatchObject({ found: 0 });
  expect((await walk(never, "asc")).longest).toBeLessThan(MAX_STATEMENT_MS);
});

test("every search gets to its end, and finds all there is", async () => {
  const rare = { search: parseSearch("rare to") };
  for (const order of ["asc", "desc"] as const) {
    expect(await walk(rare, order)).toMatchObject({ found: 4, pages: 1 });
    expect(await walk({ search: parseSearch("zebra") }, order)).toMatchObject({ found: 0, pages: 1 });
    expect((await walk({ search: parseSearch("odd even") }, order)).found).toBe(0);
    expect((await walk({ search: parseSearch("code-to") }, order)).found).toBe(0);
    // Of a number that a thousandth has; more of them in a part than are looked up.
    const some = (await walk({ search: parseSearch("inv00001*") }, order)).found;
    expect(some).toBeGreaterThan(0);
    expect((await walk({ search: parseSearch("inv00001* inv*") }, order)).found).toBe(some);
    expect((await walk({ accounts: MANY, search: parseSearch("inv00001*") }, order)).found).toBeGreaterThan(
      0,
    );
  }
});
