/** Whatever the texts are, no page is larger than a megabyte or one message, and the pages hold everything in order. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import type { Read } from "../../src/database/result.ts";
import { readHistory } from "../../src/messages/history.ts";
import { BEYOND } from "../../src/messages/historyquery.ts";
import { readNew, readPage } from "../../src/messages/page.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { fill } from "./fill.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
atTheEnd(database.close);

const MEGABYTE = 1024 * 1024;

/** Each page that was read: its bytes, and how many messages it holds. */
const pages: { readonly bytes: number; readonly rows: number }[] = [];

const read: Read = async (statement) => {
  const result = await database.read(statement);
  const page = result.rows[0]?.page;
  if (typeof page === "string") {
    const rows = (JSON.parse(page) as unknown[]).length;
    pages.push({ bytes: Buffer.byteLength(page), rows });
  }
  return result;
};

/** Of one kind of character each; JSON makes six bytes of the first, and two of the second. */
const text = fc
  .tuple(fc.constantFrom("\u0001", '"', "a", "ü", "語", "😀"), fc.constantFrom(1, 80, 5_000, 150_000))
  .map(([character, times]) => character.repeat(times));

test("pages of texts of any size and any characters are bounded in bytes, and leave nothing out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), async (texts) => {
      const filled = await fill(
        database,
        texts.map((body, i) => ({ body, account: 1 + (i % 2) })),
      );
      const seqs = filled.map(({ seq }) => seq);
      const newest = seqs.at(-1) ?? 0;
      pages.length = 0;
      const fresh: number[] = [];
      for (let at = 0; at < newest; ) {
        const { messages, through } = await readNew(read, at);
        fresh.push(...messages.map(({ seq }) => seq));
        at = through;
      }
      expect(fresh).toEqual(seqs);
      const replayed: number[] = [];
      for (let at = 0; at < newest; ) {
        const { messages, through } = await readPage(read, { accounts: [1, 2], to: null }, at, newest);
        replayed.push(...messages.map(({ seq }) => seq));
        at = through;
      }
      expect(replayed).toEqual(seqs);
      const filter = { accounts: [1, 2], to: null, from: null, search: null };
      const deps = {
        readInBackground: read,
        indexer: new Indexer(database, () => 0),
        share: new Slices().of(0),
      };
      const listed: number[] = [];
      for (let before: number | null = BEYOND; before !== null; ) {
        const page = await readHistory(deps, { filter, order: "desc", after: 0, before, limit: 200 });
        listed.push(...page.messages.map(({ seq }) => seq));
        before = page.next;
      }
      expect(listed).toEqual(seqs.reverse());
      for (const { bytes, rows } of pages) expect(bytes <= MEGABYTE + 2 || rows === 1).toBe(true);
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("accounts beyond what one statement merges are paged through as few are, in both orders", async () => {
  const accounts = Array.from({ length: 1_000 }, (_, i) => i + 1);
  const filled = await fill(
    database,
    Array.from({ length: 1_500 }, (_, i) => ({ body: "x", account: 1 + ((i * 7) % 1_200) })),
  );
  const seqs = filled.filter(({ account }) => (account ?? 0) <= 1_000).map(({ seq }) => seq);
  const replayed: number[] = [];
  for (let at = 0; at < 1_500; ) {
    const page = await readPage(read, { accounts, to: null }, at, 1_500);
    replayed.push(...page.messages.map(({ seq }) => seq));
    at = page.through;
  }
  expect(replayed).toEqual(seqs);
  const filter = { accounts, to: null, from: null, search: null };
  const deps = { readInBackground: read, indexer: new Indexer(database, () => 0), share: new Slices().of(0) };
  const listed: number[] = [];
  for (let before: number | null = BEYOND; before !== null; ) {
    const page = await readHistory(deps, { filter, order: "desc", after: 0, before, limit: 150 });
    expect(page.position).toBe(1_500);
    listed.push(...page.messages.map(({ seq }) => seq));
    before = page.next;
  }
  expect(listed).toEqual(seqs.reverse());
});
