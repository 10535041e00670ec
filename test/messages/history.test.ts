/** Pages of the history, held against a look at every message while others arrive and go. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import { readHistory } from "../../src/messages/history.ts";
import { BEYOND, type HistoryFilter, type HistoryPage } from "../../src/messages/historyquery.ts";
import type { Order } from "../../src/messages/hits.ts";
import { pruneMessages } from "../../src/messages/pruning.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { parseSearch } from "../../src/search/query.ts";
import { SearchedText } from "../../src/search/searchedtext.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { append, type Filled, fill, type Row } from "./fill.ts";

setDefaultTimeout(60_000);

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

const EVERYTHING: HistoryFilter = { accounts: [1, 2, 3], to: null, from: null, search: null };

function page(filter: HistoryFilter, order: Order, from: number | null, limit: number): Promise<HistoryPage> {
  const deps = {
    readInBackground: database.readInBackground,
    indexer: new Indexer(database, () => 0),
    share: new Slices().of(0),
  };
  const after = order === "asc" && from !== null ? from : 0;
  const before = order === "desc" && from !== null ? from : BEYOND;
  return readHistory(deps, { filter, order, after, before, limit });
}

/** All pages one after the other, with something done between each two. */
async function walk(
  filter: HistoryFilter,
  order: Order,
  limit: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<{ seqs: number[]; first: number; last: number }> {
  const seqs: number[] = [];
  const positions: number[] = [];
  for (let from: number | null = null; ; ) {
    const { messages, next, position } = await page(filter, order, from, limit);
    expect(messages.length).toBeLessThanOrEqual(limit);
    seqs.push(...messages.map(({ seq }) => seq));
    positions.push(position);
    if (next === null) return { seqs, first: positions[0] ?? 0, last: positions.at(-1) ?? 0 };
    from = next;
    await between();
  }
}

const SENDERS = ["+13125550001", "+13125550002", "AMAZON"];
const NUMBERS = ["+14155550001", "+14155550002", "72345"];
const WORDS = ["hello", "help", "world", "don't", "the-end"];

const row: fc.Arbitrary<Required<Omit<Row, "storedAt" | "subject">>> = fc.record({
  account: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 8, nil: null }),
  from: fc.constantFrom(...SENDERS),
  to: fc.constantFrom(...NUMBERS),
  body: fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(" ")),
  hole: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  ),
});

const filter: fc.Arbitrary<HistoryFilter> = fc.record({
  accounts: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
  to: fc.option(fc.subarray(NUMBERS, { minLength: 1 })),
  from: fc.option(fc.constantFrom(...SENDERS)),
  search: fc
    .option(fc.constantFrom("hello", "hel*", "don't", "help world", "nowhere", "the end hello", "wor* hel*"))
    .map((q) => (q === null ? null : parseSearch(q))),
});

function isIn({ accounts, to, from, search }: HistoryFilter, each: Filled): boolean {
  const { account = 1, body = "" } = each;
  if (account === null || !accounts.includes(account)) return false;
  if (to && !to.includes(each.to ?? "")) return false;
  if (from !== null && from !== each.from) return false;
  return search === null || new SearchedText({ body }).isFoundBy(search);
}

const change = fc.oneof(
  { weight: 2, arbitrary: fc.record({ append: fc.array(row, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
);

test("in either order, with any filter, each message that stays is seen once while others arrive and go", async () => {
  const property = fc.asyncProperty(
    fc.array(row, { maxLength: 40 }),
    filter,
    fc.constantFrom<Order>("asc", "desc"),
    fc.integer({ min: 1, max: 8 }),
    fc.array(change, { maxLength: 12 }),
    async (rows, filter, order, limit, changes) => {
      const present = await fill(database, rows);
      const before = [...present];
      const removed = new Set<number>();
      let appended = present;
      let at = 0;
      const between = async () => {
        const each = changes[at++];
        if (each === undefined) return;
        if ("append" in each) {
          const { position } = await database.installation();
          appended = [...appended, ...(await append(database, each.append, position + 1))];
        } else {
          const victim = appended[each.remove % Math.max(1, appended.length)];
          if (!victim || removed.has(victim.seq)) return;
          removed.add(victim.seq);
          await deleteMessage(database, `msg_${victim.seq}`, 0);
        }
      };
      const { seqs, first, last } = await walk(filter, order, limit, between);
      const sorted = [...new Set(seqs)].sort((a, b) => (order === "asc" ? a - b : b - a));
      expect(seqs).toEqual(sorted);
      // Downwards from the first page's moment, upwards to the last one's.
      const until = order === "asc" ? last : first;
      const known = (order === "asc" ? appended : before).filter(({ seq }) => seq <= until);
      const expected = known.filter((each) => isIn(filter, each)).map(({ seq }) => seq);
      expect(seqs.filter((seq) => !removed.has(seq)).sort((a, b) => a - b)).toEqual(
        expected.filter((seq) => !removed.has(seq)),
      );
      for (const seq of seqs) expect(expected).toContain(seq);
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

test("pages are of bounded size, and the next goes on where one ended", async () => {
  await fill(
    database,
    Array.from({ length: 7 }, (_, i) => ({ body: `${i} ${"x ".repeat(200_000)}` })),
  );
  for (const search of [null, parseSearch("x")]) {
    for (const order of ["asc", "desc"] as const) {
      const { messages, next } = await page({ ...EVERYTHING, search }, order, null, 200);
      expect(messages.length).toBeGreaterThan(0);
      expect(messages.length).toBeLessThan(5);
      expect(next).toBe(messages.at(-1)?.seq ?? null);
      const { seqs } = await walk({ ...EVERYTHING, search }, order, 200);
      expect(seqs).toEqual(order === "asc" ? [1, 2, 3, 4, 5, 6, 7] : [7, 6, 5, 4, 3, 2, 1]);
    }
  }
});

test("a user in very many teams, and very many numbers, are looked up all the same", async () => {
  const accounts = Array.from({ length: 900 }, (_, i) => i + 1);
  const to = Array.from({ length: 200 }, (_, i) => `+1415555${String(i).padStart(4, "0")}`);
  await fill(
    database,
    Array.from({ length: 900 }, (_, i) => ({
      account: ((i * 7) % 900) + 1,
      to: to[i % 250] ?? "+19995550000",
    })),
  );
  for (const order of ["asc", "desc"] as const) {
    const all = await walk({ ...EVERYTHING, accounts }, order, 200);
    expect(all.seqs).toHaveLength(900);
    const some = await walk(
      { ...EVERYTHING, accounts: accounts.slice(0, 10), to: to.slice(0, 100) },
      order,
      50,
    );
    const many = await walk({ ...EVERYTHING, accounts, to }, order, 200);
    expect(many.seqs).toHaveLength(750);
    expect(some.seqs.every((seq) => many.seqs.includes(seq))).toBe(true);
  }
});

test("an empty database has an empty page, of its own position", async () => {
  await fill(database, []);
  for (const search of [null, parseSearch("x")])
    expect(await page({ ...EVERYTHING, search }, "desc", null, 50)).toEqual({
      messages: [],
      next: null,
      position: 0,
    });
});

test("what retention has removed and what was deleted is found no more, in the same moment", async () => {
  await fill(
    database,
    Array.from({ length: 250 }, (_, i) => ({ body: `word${i % 10} common`, storedAt: i })),
  );
  const search = parseSearch("common");
  const count = async () => (await walk({ ...EVERYTHING, search }, "desc", 200)).seqs.length;
  expect(await count()).toBe(250);
  expect(await pruneMessages(database, 50, 50)).toBe(50);
  expect(await count()).toBe(200);
  await deleteMessage(database, "msg_100", 0);
  expect(await count()).toBe(199);
  const orphans = await database.read(
    "SELECT count(*) AS n FROM messages_search_docsize WHERE id NOT IN (SELECT seq FROM messages)",
  );
  expect(orphans.rows[0]?.n).toBe(0);
});
