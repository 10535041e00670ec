/** Each fault that is planted into a database is found, and named. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { examine } from "../../src/database/check/examine.ts";
import { openPlain } from "../../src/database/engine.ts";
import { type Read, type Statement, toResult } from "../../src/database/result.ts";
import { indexStep } from "../../src/search/fulltext.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { tenant, testService } from "../harness/service.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { startSqld } from "./sqld.ts";

setDefaultTimeout(60_000);

const NUMBER = "+14155550001";

/** A database of ten indexed messages, as a copy that no service has open. */
async function sound(): Promise<string> {
  const folder = emptyFolder();
  const service = await testService({ folder });
  await tenant(service, NUMBER);
  for (let i = 0; i < 10; i++)
    await deliver(service.url, service.telnyx, smsEvent(NUMBER, `text ${i} – größer 🎉`));
  for (let through = 0; through < 10; ) through = await indexStep(service.database, 100);
  await service.database.read({ sql: "VACUUM INTO ?", args: [join(folder, "sound.db")] });
  await service.close();
  return join(folder, "sound.db");
}

const path = sound();
let copies = 0;

/** What is found after these statements. */
async function findings(...plant: Statement[]): Promise<string[]> {
  const copy = `${await path}.${++copies}`;
  copyFileSync(await path, copy);
  const engine = await openPlain(copy);
  try {
    for (const statement of plant) engine.execute(statement);
    const read: Read = async (statement) => toResult(engine.execute(statement));
    return (await examine(read)).findings.map(({ check, finding }) => `${check}: ${finding}`);
  } finally {
    engine.close();
  }
}

test("nothing is found in a sound database", async () => {
  expect(await findings()).toEqual([]);
});

const FAULTS: readonly (readonly [string, readonly Statement[], string])[] = [
  ["a table of another program", ["CREATE TABLE other (x)"], "other_tables: table other is none of Inlet's"],
  ["a missing index", ["DROP INDEX messages_to"], "tables: index messages_to is missing"],
  [
    "bytes that are no text",
    ["UPDATE messages SET body = CAST(x'C3' AS TEXT) WHERE seq = 4"],
    "text: row 4 of messages holds bytes that are no text",
  ],
  [
    "a lone surrogate",
    ["UPDATE accounts SET name = CAST(x'EDA080' AS TEXT)"],
    "text: row 1 of accounts holds bytes that are no text",
  ],
  [
    "a NUL",
    ["UPDATE messages SET body = 'a' || char(0) || 'b' WHERE seq = 5"],
    "text: row 5 of messages holds a NUL",
  ],
  [
    "a number of nobody",
    ["PRAGMA foreign_keys = OFF", "UPDATE numbers SET account_id = 9"],
    "foreign_keys: row 1 of numbers names a row of accounts that is not there",
  ],
  [
    "a message that the index lost",
    ["DELETE FROM messages_search WHERE rowid = 3"],
    "search: 1 messages are not in the search index",
  ],
  [
    "an entry of no message",
    ["DELETE FROM messages WHERE seq = 3"],
    "search: 1 entries of the search index are of no message",
  ],
  ["spans that were lost", ["DELETE FROM search_spans"], "search: 10 messages lie in no span"],
  [
    "a counter that went back",
    ["UPDATE sqlite_sequence SET seq = 7 WHERE name = 'messages'"],
    "counters: message 10 is beyond the newest position, 7",
  ],
  [
    "what retention should have removed",
    ["UPDATE installation SET pruned_through = 2"],
    "counters: message 1 is there, and retention removed all up to 2",
  ],
  ["no installation", ["DELETE FROM installation"], "counters: installation has 0 rows instead of one"],
  ["an epoch of no cursor", ["UPDATE installation SET epoch = 'A b'"], "counters: the epoch"],
  [
    "another build's tables",
    ["UPDATE __drizzle_migrations SET hash = 'x'"],
    "migrations: its tables are of another build",
  ],
];

for (const [name, plant, sentence] of FAULTS) {
  test(`${name} is found`, async () => {
    expect((await findings(...plant)).join("\n")).toContain(sentence);
  });
}

test("a database behind a server is checked as far as the server lets it be, and its copies are its server's", async () => {
  const { url } = await startSqld();
  const folder = emptyFolder();
  const env = { DATABASE_URL: url };
  await inlet(folder, ["accounts", "create", "--kind", "user", "--name", "A"], env);
  const { code, stdout, stderr } = await inlet(folder, ["database", "check", "--json"], env);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    findings: [],
    checks: expect.arrayContaining(["text", "counters", "search"]),
  });
  expect((await inlet(folder, ["database", "new-epoch", "--json"], env)).code).toBe(0);
  for (const command of ["backup", "restore"]) {
    const refused = await inlet(folder, ["database", command, "x.db"], env);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("is behind a server");
  }
});
