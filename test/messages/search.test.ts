/** Any text is a search, and what it finds in memory is what it finds in the store, held against FTS5 itself. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/database.ts";
import { readHistory } from "../../src/messages/history.ts";
import { Indexer } from "../../src/messages/indexer.ts";
import { openMatcher } from "../../src/messages/matcher.ts";
import { parseSearch } from "../../src/messages/search.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { fill, type Row } from "./fill.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
const matcher = await openMatcher(database.read);
afterAll(async () => {
  matcher.close();
  await database.close();
});

/** The bodies that the accounts find by `q`, oldest first. */
async function find(q: string, accounts: readonly number[] = [1]): Promise<string[] | null> {
  const search = parseSearch(q);
  if (!search) return null;
  // A new one knows nothing of what was indexed: the database is emptied under it.
  const deps = { readAside: database.readAside, matcher, indexer: new Indexer(database, () => 0) };
  const filter = { accounts, to: null, from: null, search };
  const page = await readHistory(deps, { filter, order: "asc", after: 0, before: 1e9, limit: 200 });
  return page.messages.map(({ message }) => message.body);
}

async function store(...bodies: string[]): Promise<void> {
  await fill(
    database,
    bodies.map((body) => ({ body })),
  );
}

test("every word must occur, in whatever order, case or accent", async () => {
  await store("Hello, Café world", "hello", "the world says HELLO to a cafe", "helloworld");
  expect(await find("hello")).toEqual(["Hello, Café world", "hello", "the world says HELLO to a cafe"]);
  expect(await find("WORLD hello")).toEqual(["Hello, Café world", "the world says HELLO to a cafe"]);
  expect(await find("café hello")).toEqual(await find("CAFE  hello"));
  expect(await find("nothing")).toEqual([]);
});

test("a word of several parts is found where the parts stand together", async () => {
  await store("don't", "t don", "don t", "+1 (415) 555-1234", "555 415 1234", "a@b.example");
  expect(await find("don't")).toEqual(["don't", "don t"]);
  expect(await find("415-555-1234")).toEqual(["+1 (415) 555-1234"]);
  expect(await find("1-555")).toEqual([]);
  expect(await find("555-1234")).toEqual(["+1 (415) 555-1234"]);
  expect(await find("b.example")).toEqual(["a@b.example"]);
});

test("a star behind at least three characters stands for any continuation", async () => {
  await store("hello", "help", "he", "hold", "well-helped");
  expect(await find("hel*")).toEqual(["hello", "help", "well-helped"]);
  expect(await find("he*")).toEqual(["he"]);
  expect(await find("*hel*")).toEqual(["hello", "help", "well-helped"]);
  expect(await find("hel*o")).toEqual([]);
  expect(await find("well-hel*")).toEqual(["well-helped"]);
  expect(await find("wel-hel*")).toEqual([]);
});

test("operators, quotes and columns are words like others", async () => {
  await store("a OR b", "NEAR by", "account a1", 'say "hi" now', "body : (x)");
  expect(await find("a OR")).toEqual(["a OR b"]);
  expect(await find("NEAR(by)")).toEqual(["NEAR by"]);
  expect(await find("account:a1")).toEqual(["account a1"]);
  expect(await find('"hi"')).toEqual(['say "hi" now']);
  expect(await find("body:x")).toEqual(["body : (x)"]);
  expect(await find("^account -NOT")).toEqual([]);
});

test("an emoji ends a word, also one that is younger than the tokenizer", async () => {
  await store("lol🤣", "🥰ok👍🏽thanks", "no🙏", "🇩🇪here");
  for (const word of ["lol", "ok", "thanks", "no", "here"]) expect(await find(word), word).toHaveLength(1);
  expect(await find("thanks 🙏")).toHaveLength(1);
});

test("a text without a word is no search", () => {
  for (const q of ["", " ", "*", "***", "🙏 !!", '"" - ( )', "\u0301"]) expect(parseSearch(q), q).toBeNull();
});

test("of very many words the first sixteen count", async () => {
  const words = Array.from({ length: 20 }, (_, i) => `w${i}`);
  await store(words.slice(0, 16).join(" "), words.slice(0, 15).join(" "));
  expect(await find(words.join(" "))).toHaveLength(1);
});

test("the tokens of accounts, numbers and spans in a text find nothing of others", async () => {
  await fill(database, [
    { body: "a1 a2 s13x0" },
    { account: 2, body: "a1 a2 s13x0 secret" },
    { account: 12, body: "x" },
  ]);
  expect(await find("a2")).toEqual(["a1 a2 s13x0"]);
  expect(await find("secret")).toEqual([]);
  expect(await find("s13x0", [2])).toEqual(["a1 a2 s13x0 secret"]);
});

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcAé1 -*'\"") },
  { weight: 1, arbitrary: fc.constantFrom(..."()^:,.{}+~ß🙏🤣日本İıſǆ٣") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
);
const text = fc.string({ unit: character, maxLength: 24 });
const row: fc.Arbitrary<Row> = fc.record({ account: fc.integer({ min: 1, max: 3 }), body: text });

test("whatever is asked and stored, the store, the memory and FTS5 itself find the same, and only what is seen", async () => {
  const property = fc.asyncProperty(
    fc.array(row, { minLength: 1, maxLength: 30 }),
    fc.array(text, { minLength: 5, maxLength: 20 }),
    fc.subarray([1, 2, 3], { minLength: 1 }),
    async (rows, questions, accounts) => {
      const stored = await fill(database, rows);
      const seen = stored.filter(({ account }) => accounts.includes(account ?? 1));
      const parts = rows.map(({ body = "" }) => body.slice(0, 3));
      for (const q of [...questions, ...parts, ...parts.map((part) => `${part}*`)]) {
        const search = parseSearch(q);
        if (!search) continue;
        const bodies = seen.map(({ body }) => body ?? "");
        const inMemory = matcher.over(bodies, (find) => find(search)).map((i) => bodies[i] ?? "");
        expect(await find(q, accounts), JSON.stringify(q)).toEqual(inMemory);
        const { rows: direct } = await database.read({
          sql: `SELECT m.account_id, m.body FROM messages_search JOIN messages m ON m.seq = messages_search.rowid
            WHERE messages_search MATCH ? ORDER BY m.seq`,
          args: [`body : (${search.exact})`],
        });
        const ofThem = direct.filter(({ account_id }) => accounts.includes(Number(account_id)));
        expect(ofThem.map(({ body }) => String(body))).toEqual(inMemory);
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
}, 60_000);

test("a text of any kind is never an error, in the store or in memory", async () => {
  await store("hello world", "x");
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (q) => {
      expect((await find(q)) ?? []).toBeArray();
    }),
    { numRuns: 1_000 },
  );
}, 30_000);
