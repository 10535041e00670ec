/** A page costs what it holds, however much is stored: what SQLite makes of the queries of the history. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import type { Read, Statement } from "../../src/database/result.ts";
import { readHistory } from "../../src/messages/history.ts";
import { BEYOND, type HistoryFilter } from "../../src/messages/historyquery.ts";
import { Slices } from "../../src/platform/slices.ts";
import { unindexMessage, unindexPart } from "../../src/search/fulltext.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { parseSearch } from "../../src/search/query.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { fill } from "./fill.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

/** The steps of the plans of all that is read for one page. */
async function plansOf(filter: Partial<HistoryFilter>, order: "asc" | "desc"): Promise<string[]> {
  const statements: Statement[] = [];
  const readInBackground: Read = (statement) => {
    statements.push(statement);
    return database.read(statement);
  };
  const deps = {
    readInBackground,
    indexer: new Indexer({ ...database, readInBackground: database.readInBackground }, () => 0),
    share: new Slices().of(0),
  };
  const all: HistoryFilter = { accounts: [1, 2], to: null, from: null, search: null, ...filter };
  await readHistory(deps, { filter: all, order, after: 0, before: BEYOND, limit: 50 });
  const steps: string[] = [];
  for (const statement of statements) {
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
    const { rows } = await database.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: args ?? [] });
    steps.push(...rows.map(({ detail }) => String(detail)));
  }
  return steps;
}

const FILTERS: Record<string, Partial<HistoryFilter>> = {
  nothing: {},
  "one account": { accounts: [1] },
  "some numbers": { to: ["+14155550001", "+14155550002"] },
  "a sender": { from: "+13125550001" },
  "a word": { search: parseSearch("hello") },
  "a beginning, a phrase and a number": { search: parseSearch("hel* don't"), to: ["+14155550001"] },
};

for (const [name, filter] of Object.entries(FILTERS)) {
  for (const order of ["asc", "desc"] as const) {
    test(`filtered by ${name}, ${order}: no look at all messages, and no sorting of more than a page`, async () => {
      await fill(database, [{ body: "hello" }, { account: 2, body: "hello" }]);
      const steps = await plansOf(filter, order);
      const messages = steps.filter((step) => /\bmessages\b(?!_)/.test(step));
      expect(messages.length).toBeGreaterThan(0);
      for (const step of messages) expect(step).toStartWith("SEARCH messages USING ");
      // The scans that are left are of one page of hits, or of FTS5's own list of them; or end at the first row.
      const scans = steps.filter(
        (step) => step.startsWith("SCAN ") && !/ (VIRTUAL TABLE INDEX|CONSTANT ROW)/.test(step),
      );
      for (const step of scans)
        expect(step).toMatch(
          /^SCAN (sqlite_sequence|retentions|hits|sized|summed|encoded|counted|found|\(subquery-\d+\))/,
        );
    });
  }
}

for (const statement of [
  unindexMessage("msg_1"),
  ...unindexPart({ where: "seq > ? AND seq <= ?", args: [0, 100] }, 100).slice(0, 1),
]) {
  const { sql, args = [] } = typeof statement === "string" ? { sql: statement } : statement;
  test(`what leaves the index is looked up by its position: ${sql}`, async () => {
    const { rows } = await database.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const steps = rows.map(({ detail }) => String(detail)).filter((step) => step.includes("messages"));
    expect(steps[0]).toBe("SCAN messages_search VIRTUAL TABLE INDEX 0:=");
    for (const step of steps.slice(1)) expect(step).toStartWith("SEARCH messages USING ");
  });
}
