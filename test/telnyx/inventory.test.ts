/** Messaging profiles, and the three lists of numbers: what is believed of them, and when nothing is. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { TelnyxClient } from "../../src/telnyx/client.ts";
import { TelnyxFailure } from "../../src/telnyx/failure.ts";
import { readNumbers, type TelnyxNumber } from "../../src/telnyx/numbers.ts";
import { readProfile, readProfiles, updateProfile } from "../../src/telnyx/profiles.ts";
import { type ApiError, altering, answering, failing, first, stallingBody } from "./standin/faults.ts";
import { NO_LISTS } from "./standin/nolist.ts";
import { API_KEY, TelnyxStandin } from "./standin/telnyx.ts";

const NUMBER = "+14155550123";
const PROFILE = "4001c2d4-9a2b-4f5e-8f0a-0c5f7c7f0001";
const LISTS = ["/phone_numbers", "/phone_numbers/messaging", "/short_codes"];

let telnyx: TelnyxStandin;

beforeEach(() => {
  telnyx = new TelnyxStandin();
});

afterEach(() => {
  expect(telnyx.problems).toEqual([]);
});

function client(deadlineMs = 8_000): TelnyxClient {
  const wait = () => Promise.resolve();
  const { signal } = new AbortController();
  return new TelnyxClient(
    { apiKey: API_KEY, baseUrl: telnyx.url, through: "" },
    { signal, wait, deadlineMs },
  );
}

/** On the list of exactly this path. */
const only =
  (path: string, fault: ApiError): ApiError =>
  (asked, genuine) =>
    asked.path === path ? fault(asked, genuine) : null;

async function failure(work: Promise<unknown>): Promise<TelnyxFailure> {
  const error: unknown = await work.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)?.slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TelnyxFailure)) throw error;
  return error;
}

function fill(count: number): void {
  for (let i = 0; i < count; i++) telnyx.inventory.addNumber({ number: `+1415555${1000 + i}` });
}

const alive = (numbers: readonly TelnyxNumber[]) =>
  numbers.filter(({ isAlive }) => isAlive).map(({ text }) => text);

test("profiles are read to the end of their list, and never with their secret", async () => {
  telnyx.inventory.addProfile("Inlet", {
    webhook_url: "https://sms.example.com/webhooks/telnyx",
    webhook_failover_url: "https://other.example.com/",
    redaction_enabled: true,
  });
  telnyx.inventory.addProfile("Old", { webhook_api_version: "1", webhook_url: null, enabled: false });
  for (let i = 0; i < 260; i++) telnyx.inventory.addProfile(`more ${i}`);
  const profiles = await readProfiles(client());
  expect(profiles).toHaveLength(262);
  expect(profiles.slice(0, 2)).toMatchObject([
    {
      name: "Inlet",
      isEnabled: true,
      webhookUrl: "https://sms.example.com/webhooks/telnyx",
      failoverUrl: "https://other.example.com/",
      apiVersion: "2",
      redactionLevel: 2,
    },
    {
      name: "Old",
      isEnabled: false,
      webhookUrl: null,
      failoverUrl: null,
      apiVersion: "1",
      redactionLevel: 0,
    },
  ]);
  expect(JSON.stringify(profiles)).not.toContain("secret");
});

test("one profile is read and changed by exactly the fields given", async () => {
  const id = telnyx.inventory.addProfile("Inlet", { webhook_api_version: "1" });
  expect(await readProfile(client(), id)).toMatchObject({ id, apiVersion: "1", webhookUrl: null });
  const url = "https://sms.example.com/webhooks/telnyx";
  const changed = await updateProfile(client(), id, { webhook_url: url, webhook_api_version: "2" });
  expect(changed).toMatchObject({ id, apiVersion: "2", webhookUrl: url });
  expect(telnyx.requests.at(-1)).toMatchObject({
    method: "PATCH",
    body: { webhook_url: url, webhook_api_version: "2" },
  });
  expect(await readProfile(client(), id)).toEqual(changed);
  expect((await failure(readProfile(client(), PROFILE))).status).toBe(404);
  expect((await failure(readProfile(client(), ".."))).kind).toBe("refused");
});

test("Telnyx's own words say why an old profile cannot be changed", async () => {
  const id = telnyx.inventory.addProfile("Old", {}, true);
  const error = await failure(updateProfile(client(), id, { webhook_api_version: "2" }));
  expect([error.kind, error.status]).toEqual(["refused", 400]);
  expect(error.message).toContain("Missing whitelisted destinations");
});

test("what is answered for one profile and is none changes nothing and is believed by nobody", async () => {
  const id = telnyx.inventory.addProfile("Inlet");
  for (const [, fault] of [...NO_LISTS, ["a list", answering({ data: [] })] as const]) {
    telnyx.faults.splice(0, 1, fault);
    expect((await failure(readProfile(client(), id))).kind).toBe("unreadable");
  }
  telnyx.faults.splice(0, 1, answering({ data: [{ name: "without an id" }], meta: {} }));
  expect((await failure(readProfiles(client()))).message).toBe(
    "what Telnyx answered is no messaging profile",
  );
});

test("alive is what receives texts, whatever its status for calls", async () => {
  const { inventory } = telnyx;
  const others = ["purchase-pending", "purchase-failed", "port-pending", "port-failed", "deleted", "emergency-only",
    "requirement-info-pending", "requirement-info-under-review", "requirement-info-exception", "provision-pending"]; // biome-ignore format: a list
  inventory.addNumber({ number: "+14155550101" });
  inventory.addNumber({ number: "+14155550102", status: "port-out-pending", profileId: PROFILE });
  inventory.addNumber({ number: "+14155550103", status: "ported-out", profileId: PROFILE });
  inventory.addNumber({ number: "+14155550104", status: null, profileId: PROFILE });
  inventory.addNumber({ number: "+14155550105", status: "ported-out" });
  inventory.addNumber({ number: "+14155550106", status: null });
  inventory.addNumber({ number: "+14155550107", hasMessaging: false });
  for (const [i, status] of others.entries())
    inventory.addNumber({ number: `+1415555020${i}`, status, profileId: PROFILE });
  inventory.addShortCode("12345", PROFILE);
  inventory.addShortCode("54321");
  const numbers = await readNumbers(client());
  expect(alive(numbers).sort()).toEqual([
    "+14155550101",
    "+14155550102",
    "+14155550103",
    "+14155550104",
    "+14155550107",
    "12345",
    "54321",
  ]);
  const of = (wanted: string) => numbers.find(({ number }) => number === wanted);
  expect(of("+14155550103")).toEqual({
    kind: "phone_number",
    number: "+14155550103",
    text: "+14155550103",
    status: "ported-out",
    profileId: PROFILE,
    isAlive: true,
  });
  expect(of("+14155550104")).toMatchObject({ status: null, profileId: PROFILE });
  expect(of("12345")).toMatchObject({ kind: "short_code", status: null, profileId: PROFILE });
  expect(numbers).toHaveLength(19);
  for (const { query } of telnyx.requests) expect([...query.keys()]).toEqual(["page[number]", "page[size]"]);
});

test("a number is one however it is written and however often it is there", async () => {
  const { inventory } = telnyx;
  inventory.addNumber({ number: NUMBER, status: "deleted", hasMessaging: false });
  inventory.addNumber({ number: "14155550123", hasMessaging: false });
  inventory.addNumber({ number: "+1 (415) 555-0123", status: null, profileId: "UNAVAILABLE" });
  inventory.addNumber({ number: "+1999", profileId: PROFILE });
  inventory.addNumber({ number: "12345", status: null, profileId: PROFILE });
  Object.assign(inventory.messaging.at(-1) ?? {}, { type: "short-code" });
  expect(await readNumbers(client())).toMatchObject([
    { number: NUMBER, status: "active", profileId: null, isAlive: true },
    { number: null, text: "+1999", isAlive: true },
    { number: "12345", kind: "short_code", isAlive: true },
  ]);
});

const unsaid: [string, ApiError][] = [
  ["an empty list that does not say that it is empty", answering({ data: [] })],
  ["an empty list that says it has entries", answering({ data: [], meta: { total_results: 3, total_pages: 1 } })],
  ["more pages than are read", altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: 9_999 } }))],
  ["an entry without a number", answering({ data: [{ id: "1", status: "active" }], meta: { total_results: 1, total_pages: 1 } })],
  ["500", failing(500)],
  ["429", failing(429, "slow down", { "retry-after": "3600" })],
  ["404", failing(404)],
]; // biome-ignore format: a list

test.each([...NO_LISTS, ...unsaid])("%s in any one of the lists is a failure of all", async (_, fault) => {
  fill(3);
  telnyx.inventory.addShortCode("12345");
  for (const path of LISTS) {
    telnyx.faults.splice(0, 1, only(path, fault));
    await failure(readNumbers(client()));
  }
});

test("a phone number without a status, and a body that stalls, are failures", async () => {
  fill(1);
  telnyx.faults.push(
    only(
      "/phone_numbers",
      altering(({ data: [row], meta }) => ({ data: [{ ...row, status: undefined }], meta })),
    ),
  );
  expect((await failure(readNumbers(client()))).message).toContain("without a status");
  telnyx.faults.splice(0, 1, only("/short_codes", stallingBody));
  expect((await failure(readNumbers(client(200)))).kind).toBe("unreachable");
});

test("a list of several pages from which a number is taken while it is read loses none", async () => {
  fill(600);
  const removed = first(1, "/phone_numbers", async (_, genuine) => {
    const page = await genuine();
    telnyx.inventory.phoneNumbers.shift();
    return page;
  });
  telnyx.faults.push(removed);
  const numbers = await readNumbers(client());
  const active = numbers.filter(({ status }) => status === "active").map(({ text }) => text);
  expect(active.sort()).toEqual(telnyx.inventory.phoneNumbers.map((row) => String(row.phone_number)));

  // It never stands still.
  telnyx.faults.splice(0, 1, (asked, genuine) => {
    if (asked.path === "/phone_numbers") telnyx.inventory.phoneNumbers.shift();
    return genuine();
  });
  expect((await failure(readNumbers(client()))).message).toContain("changes while it is read");
});
