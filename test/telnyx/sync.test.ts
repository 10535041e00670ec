/** Numbers here as they are at Telnyx: what changes, whom it leaves alone, and when nothing changes at all. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { sync } from "../../src/commands/telnyx/sync.ts";
import { type Database, openDatabase } from "../../src/database/open.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { addNumber, listNumbers, setActive } from "../../src/directory/numbers.ts";
import { CommandError, UsageError } from "../../src/errors.ts";
import { TelnyxClient } from "../../src/telnyx/client.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { type ApiError, altering, answering, failing, stallingBody } from "./standin/faults.ts";
import { NO_LISTS } from "./standin/nolist.ts";
import { API_KEY, TelnyxStandin } from "./standin/telnyx.ts";

const GONE = "+14155550100";
const KNOWN = "+14155550101";
const NEW = "+14155550102";
const IDLE = "+14155550103";
const THEIRS = "+14155550104";
const LISTS = ["/phone_numbers", "/phone_numbers/messaging", "/short_codes"];

let telnyx: TelnyxStandin;
let database: Database;
let ours: number;
let theirs: number;
let profile: string;

beforeEach(async () => {
  telnyx = new TelnyxStandin();
  database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
  ours = (await createAccount(database, "team", "Ours", 0)).id;
  theirs = (await createAccount(database, "team", "Theirs", 0)).id;
  for (const number of [GONE, KNOWN, IDLE, "54321"]) await addNumber(database, number, ours, "by hand", 0);
  await addNumber(database, THEIRS, theirs, null, 0);
  await setActive(database, IDLE, false);
  profile = telnyx.inventory.addProfile("Inlet");
  for (const number of [KNOWN, NEW, IDLE, THEIRS]) telnyx.inventory.addNumber({ number, profileId: profile });
  telnyx.inventory.addShortCode("12345", profile);
});

afterEach(async () => {
  await database.close();
  expect(telnyx.problems).toEqual([]);
});

function run(options: Partial<Parameters<typeof sync>[2]> = {}, deadlineMs = 8_000) {
  const wait = () => Promise.resolve();
  const { signal } = new AbortController();
  const access = { apiKey: API_KEY, baseUrl: telnyx.url, through: "" };
  return sync(database, new TelnyxClient(access, { signal, wait, deadlineMs }), {
    account: ours,
    ...options,
  });
}

const state = async () => [await listNumbers(database), (await database.installation()).directoryVersion];

/** Runs it, sees that it failed and changed nothing, and hands over why. */
async function refusal(work: () => Promise<unknown>): Promise<Error> {
  const before = await state();
  const error: unknown = await work().then(
    (value) => new TypeError(`it succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(await state()).toEqual(before);
  if (!(error instanceof CommandError || error instanceof UsageError)) throw error;
  return error;
}

const EXPECTED = {
  seen: { phone_numbers: 4, short_codes: 1 },
  changes: [
    { number: NEW, change: "added", status: "active" },
    { number: "12345", change: "added", status: null },
    { number: IDLE, change: "activated", status: "active" },
    { number: GONE, change: "deactivated", status: null, messaging_profile_id: null },
    { number: "54321", change: "deactivated", status: null, messaging_profile_id: null },
  ],
  unchanged: 1,
  skipped: [{ number: THEIRS, account_id: 2, reason: "other_account" }],
  kept: [],
};

test("numbers are added, activated and deactivated, and those of another account are left alone", async () => {
  const [, version] = await state();
  const result = await run();
  expect(result).toMatchObject({ account_id: ours, dry_run: false, ...EXPECTED });
  expect(result.changes[0]?.messaging_profile_id).toBe(profile);
  const [numbers, after] = await state();
  expect(numbers).toMatchObject([
    { number: GONE, account_id: ours, active: false, label: "by hand" },
    { number: KNOWN, active: true },
    { number: NEW, account_id: ours, active: true, label: null },
    { number: IDLE, active: true },
    { number: "12345", account_id: ours, active: true },
    { number: "54321", active: false },
    { number: THEIRS, account_id: theirs, active: true },
  ]);
  // What running services look at.
  expect(after).toBe(Number(version) + 1);
  expect(await run()).toMatchObject({ changes: [], unchanged: 4 });
  expect((await state())[1]).toBe(after);
});

test("a dry run says the same and changes nothing", async () => {
  const before = await state();
  expect(await run({ dryRun: true })).toMatchObject({ dry_run: true, ...EXPECTED });
  expect(await state()).toEqual(before);
  expect((await run()).changes).toHaveLength(5);
});

const FAULTS: [string, ApiError][] = [
  ...NO_LISTS,
  ["an empty list that does not say so", answering({ data: [] })],
  ["an empty list that says it has entries", answering({ data: [], meta: { total_results: 3, total_pages: 1 } })],
  ["more pages than are read", altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: 9_999 } }))],
  ["an end that is too early", altering(({ data, meta }) => ({ data: data.slice(1), meta }))],
  ["pages without end", altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: 9 } }))],
  ["an entry without a number", altering(({ data, meta }) => ({ data: [{ id: "1" }, ...data.slice(1)], meta }))],
  ["401", failing(401)],
  ["429", failing(429)],
  ["503", failing(503)],
  ["a redirect", () => Response.redirect("https://example.com/", 302)],
  ["a body that stalls", stallingBody],
]; // biome-ignore format: a list

test.each(FAULTS)(
  "%s in any one of the lists changes nothing",
  async (_, fault) => {
    for (const path of LISTS) {
      telnyx.faults.splice(0, 1, (asked, genuine) => (asked.path === path ? fault(asked, genuine) : null));
      expect(await refusal(() => run({}, 150))).toBeInstanceOf(CommandError);
    }
  },
  30_000,
);

test("no number at all deactivates nothing, unless it is allowed", async () => {
  for (const list of ["phoneNumbers", "messaging", "shortCodes"] as const) telnyx.inventory[list].splice(0);
  const error = await refusal(() => run());
  expect(error.message).toContain("--allow-empty");
  await refusal(() => run({ dryRun: true }));
  expect(await run({ allowEmpty: true })).toMatchObject({
    seen: { phone_numbers: 0, short_codes: 0 },
    changes: [{ number: GONE }, { number: KNOWN }, { number: "54321" }],
  });
  expect((await listNumbers(database)).filter(({ active }) => active)).toMatchObject([{ number: THEIRS }]);
  // Nothing is active any more.
  expect(await run()).toMatchObject({ changes: [] });
});

test("a status that says nothing of texts adds nothing, and changes nothing of what is active by hand", async () => {
  const { inventory } = telnyx;
  const statuses = ["purchase-pending", "port-pending", "port-failed", "deleted", "emergency-only", "ported-out",
    "requirement-info-pending", "provision-pending"]; // biome-ignore format: a list
  for (const [i, status] of statuses.entries()) {
    inventory.addNumber({ number: `+1415555020${i}`, status });
    inventory.addNumber({ number: `+1415555030${i}`, status });
    await addNumber(database, `+1415555030${i}`, ours, null, 0);
  }
  const result = await run();
  expect(result).toMatchObject({ changes: EXPECTED.changes });
  expect(result.kept.map(({ status }) => status)).toEqual(statuses);
});

test("a number that was ported out for calls and is hosted for texts stays, and one on its way out", async () => {
  const { inventory } = telnyx;
  for (const list of ["phoneNumbers", "messaging", "shortCodes"] as const) inventory[list].splice(0);
  inventory.addNumber({ number: GONE, status: "ported-out", profileId: profile });
  inventory.addNumber({ number: KNOWN, status: "port-out-pending", profileId: profile });
  inventory.addNumber({ number: NEW, status: null, profileId: profile });
  inventory.addShortCode("54321");
  expect(await run()).toMatchObject({
    changes: [{ number: NEW, change: "added", status: null, messaging_profile_id: profile }],
    unchanged: 3,
  });
});

test("with a profile only its numbers come, and what another profile has is not deactivated", async () => {
  const other = telnyx.inventory.addProfile("Other");
  telnyx.inventory.addNumber({ number: GONE, profileId: other });
  telnyx.inventory.addNumber({ number: "+14155550109", profileId: other });
  const byName = await run({ profile: "Inlet", dryRun: true });
  const changes = EXPECTED.changes.filter(({ number }) => number !== GONE);
  expect(byName).toMatchObject({ ...EXPECTED, changes, kept: [{ number: GONE, is_alive: true }] });
  expect(await run({ profile: profile.toUpperCase() })).toEqual({ ...byName, dry_run: false });
  expect(await run({ account: theirs, profile: "Other" })).toMatchObject({
    changes: [{ number: "+14155550109", change: "added" }],
    skipped: [{ number: GONE, account_id: ours }],
    kept: [{ number: THEIRS, messaging_profile_id: profile }],
  });
});

test("a profile that is not there, or is there twice, and an account that is not, change nothing", async () => {
  telnyx.inventory.addProfile("Twice\u001B[2J");
  const twin = telnyx.inventory.addProfile("Twice\u001B[2J");
  const unknown = await refusal(() => run({ profile: "inlet" }));
  expect(unknown).toBeInstanceOf(CommandError);
  expect(unknown.message).toContain(`Inlet (${profile})`);
  const twice = await refusal(() => run({ profile: "Twice\u001B[2J" }));
  expect(twice).toBeInstanceOf(UsageError);
  expect(twice.message).toContain(twin);
  expect(twice.message).not.toContain("\u001B");
  telnyx.requests.splice(0);
  expect((await refusal(() => run({ account: 99 }))).message).toContain("account 99 not found");
  expect(telnyx.requests).toEqual([]);
});

test("what cannot be a number is skipped as Telnyx writes it, and people's spellings are one number", async () => {
  telnyx.inventory.addNumber({ number: "+1999", profileId: profile });
  telnyx.inventory.addNumber({ number: "1 (415) 555-0199", status: "deleted", hasMessaging: false });
  telnyx.inventory.addNumber({ number: "+1 415-555-0100" });
  const { skipped, changes } = await run();
  expect(skipped).toEqual([
    { number: THEIRS, account_id: theirs, reason: "other_account" },
    { number: "+1999", account_id: null, reason: "not_possible" },
  ]);
  expect(changes.map(({ number }) => number)).not.toContain(GONE);
});

test("a number that is added by somebody else meanwhile stays theirs", async () => {
  telnyx.faults.push(async ({ path }, genuine) => {
    // The last list: what is here was not looked at yet, and the plan is made in the next turn.
    if (path !== "/short_codes") return genuine();
    const { write } = database;
    Object.assign(database, {
      write: async (...args: Parameters<typeof write>) => {
        Object.assign(database, { write });
        await addNumber(database, NEW, theirs, null, 0);
        return write(...args);
      },
    });
    return genuine();
  });
  const { changes } = await run();
  expect(changes.map(({ number }) => number)).toEqual(["12345", IDLE, GONE, "54321"]);
  expect((await listNumbers(database)).find(({ number }) => number === NEW)).toMatchObject({
    account_id: theirs,
  });
});
