/** Any text is a search, and what it finds in memory is what it finds in the store. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import { readHistory } from "../../src/messages/history.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { parseSearch } from "../../src/search/query.ts";
import { SearchedText } from "../../src/search/searchedtext.ts";
import { wordsOf } from "../../src/search/words.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { fill, type Row } from "../messages/fill.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

/** The bodies that the accounts find by `q`, oldest first. */
async function find(q: string, accounts: readonly number[] = [1]): Promise<string[] | null> {
  const search = parseSearch(q);
  if (!search) return null;
  // A new one knows nothing of what was indexed: the database is emptied under it.
  const deps = {
    readInBackground: database.readInBackground,
    indexer: new Indexer(database, () => 0),
    share: new Slices().of(0),
  };
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

test("the subject is searched as the body is, and no phrase stands across both", async () => {
  const long = "x ".repeat(40_000);
  await fill(database, [
    { subject: "Gate code 4711", body: "see the plan" },
    { subject: "gate", body: "code" },
    { body: "gate code" },
    { subject: "only", body: "" },
    { subject: `${long}beyond`, body: "beyond" },
    { subject: "near", body: `${long}beyond` },
  ]);
  expect(await find("4711")).toEqual(["see the plan"]);
  expect(await find("plan 4711 gat*")).toEqual(["see the plan"]);
  expect(await find("gate-code")).toEqual(["see the plan", "gate code"]);
  expect(await find("gate code")).toEqual(["see the plan", "code", "gate code"]);
  expect(await find("gate-cod*")).toEqual(["see the plan", "gate code"]);
  expect(await find("only")).toEqual([""]);
  expect(await find("beyond")).toEqual([]);
  expect(await find("b")).toEqual([]);
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

test("an emoji is a word, and ends one", async () => {
  await store("lol🤣", "🥰ok👍🏽thanks", "no🙏", "🇩🇪here");
  for (const word of ["lol", "ok", "thanks", "no", "here"]) expect(await find(word), word).toHaveLength(1);
  expect(await find("thanks 🙏")).toEqual([]);
  expect(await find("thanks 👍")).toHaveLength(1);
});

test("a text without a word is not a search", () => {
  for (const q of ["", " ", "*", "***", "!!", '"" - ( )', "\u0301", "\u200d"])
    expect(parseSearch(q), q).toBeNull();
});

test("of very many words the first sixteen count", async () => {
  const words = Array.from({ length: 20 }, (_, i) => `w${i}`);
  await store(words.slice(0, 16).join(" "), words.slice(0, 15).join(" "));
  expect(await find(words.join(" "))).toHaveLength(1);
});

test("the tokens of accounts, numbers and words in a text find nothing of others", async () => {
  await fill(database, [
    { body: "2wsecret 2a 1f2b31" },
    { account: 2, body: "1a secret" },
    { account: 12, body: "x" },
  ]);
  expect(await find("2wsecret")).toEqual(["2wsecret 2a 1f2b31"]);
  expect(await find("secret")).toEqual([]);
  expect(await find("1a")).toEqual([]);
  expect(await find("1a", [2])).toEqual(["1a secret"]);
  expect(await find("x", [2])).toEqual([]);
});

test("what looks alike is found alike, in every script", async () => {
  const alike = [
    ["Straße", "STRASSE"],
    ["ΟΔΟΣ", "οδος"],
    ["İstanbul", "istanbul"],
    ["𝓗𝓮𝓵𝓵𝓸", "hello"],
    ["ＡＢＣ１２３", "abc123"],
    ["ﬁne", "fine"],
    ["שָׁלוֹם", "שלום"],
    ["مُحَمَّد", "محمد"],
    ["مـرحـبـا", "مرحبا"],
    ["أحمد", "احمد"],
    ["\u0633\u0644\u0627\u0645 \u0639\u0644\u06cc\u06a9\u0645", "\u0639\u0644\u064a\u0643\u0645"],
    ["пʼять", "п'ять"],
    ["п'ять хвилин", "п’ять"],
    ["Hawaiʻi", "Hawai'i"],
    ["हिन्दी", "हिन्दी"],
    ["한국어", "한국어"],
    ["1️⃣", "1"],
    ["naïve Ångström", "naive angstrom"],
  ] as const;
  for (const [stored, asked] of alike) {
    await store(stored, "something else");
    expect(await find(asked), asked).toEqual([stored]);
  }
  await store("हिन्दी");
  expect(await find("हन्दी")).toEqual([]);
});

test("of a long word the beginning counts, and of a long text", async () => {
  const long = "x".repeat(80);
  await store(`${long}y`, "x".repeat(63), `${"a ".repeat(40_000)}end`);
  expect(await find(long)).toEqual([`${long}y`]);
  expect(await find(`${"x".repeat(10)}*`)).toHaveLength(2);
  expect(await find("a")).toHaveLength(1);
  expect(await find("end")).toEqual([]);
  // The last character is cut in two.
  await store(`${"😀".repeat(32_766)}. a𝒳`);
  expect(await find("a")).toHaveLength(1);
  expect(await find("ax")).toHaveLength(0);
});

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcAé1 -*'\"") },
  { weight: 1, arbitrary: fc.constantFrom(..."()^:,.{}+~ß🙏🤣日本İıſǆ٣") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
);
const text = fc.string({ unit: character, maxLength: 24 });
const row: fc.Arbitrary<Row> = fc.record({
  account: fc.integer({ min: 1, max: 3 }),
  body: text,
  subject: fc.option(text, { nil: null }),
});

test("whatever is asked and stored, the store and the memory find the same, and only what is seen", async () => {
  const property = fc.asyncProperty(
    fc.array(row, { minLength: 1, maxLength: 30 }),
    fc.array(text, { minLength: 5, maxLength: 20 }),
    fc.subarray([1, 2, 3], { minLength: 1 }),
    async (rows, questions, accounts) => {
      const stored = await fill(database, rows);
      const seen = stored.filter(({ account }) => accounts.includes(account ?? 1));
      const across = rows.map(({ body = "", subject }) => `${subject?.slice(-3)}-${body.slice(0, 3)}`);
      const parts = [...rows.map(({ body = "" }) => body.slice(0, 3)), ...across];
      for (const q of [...questions, ...parts, ...parts.map((part) => `${part}*`)]) {
        const search = parseSearch(q);
        if (!search) continue;
        const inMemory = seen.filter(({ subject, body = "" }) =>
          new SearchedText({ subject, body }).isFoundBy(search),
        );
        expect(await find(q, accounts), JSON.stringify(q)).toEqual(inMemory.map(({ body = "" }) => body));
      }
    },
  );
  await fc.assert(property, { numRuns: 100 });
}, 60_000);

test("each word of a text finds it, and so does each beginning of one", () => {
  const property = fc.property(text, fc.nat(), (body, at) => {
    const words = wordsOf(body);
    const word = words[at % Math.max(1, words.length)];
    if (word === undefined) return;
    const searched = new SearchedText({ body });
    for (const q of [word, word.toUpperCase(), `${word}*`, `${[...word].slice(0, 3).join("")}*`]) {
      const search = parseSearch(q);
      expect(search && searched.isFoundBy(search), JSON.stringify([body, q])).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 2_000 });
});

test("a reader who sees no account finds nothing", async () => {
  await store("hello");
  expect(await find("hello", [])).toEqual([]);
});

test("more words than the index is asked for are held against the text", async () => {
  const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
  await store(words.join("-"), words.slice(0, 29).join("-"), words.toReversed().join("-"));
  expect(await find(words.join("-"))).toEqual([words.join("-")]);
  // A key that sees very many accounts asks the index for one word of each.
  const accounts = Array.from({ length: 600 }, (_, i) => i + 1);
  await fill(database, [
    { account: 1, body: "one two three" },
    { account: 599, body: "three two one" },
    { account: 600, body: "one two" },
    { account: 601, body: "one two three" },
  ]);
  expect(await find("one two three", accounts)).toEqual(["one two three", "three two one"]);
});

test("a text of any kind is never an error, in the store or in memory", async () => {
  await store("hello world", "x");
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (q) => {
      expect((await find(q)) ?? []).toBeArray();
    }),
    { numRuns: 1_000 },
  );
}, 30_000);
