/** What comes back, what stays away, and what is said of it, one fault at a time. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { setActive } from "../../../src/directory/numbers.ts";
import { deleteMessage } from "../../../src/messages/delete.ts";
import { pruneMessages } from "../../../src/messages/pruning.ts";
import { type TestTenant, tenant } from "../../harness/service.ts";
import { connect } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { altering, failing, first, saying, stallingBody } from "../standin/faults.ts";
import { HOUR, MINUTE, PUBLIC_URL, type World, world } from "./world.ts";

setDefaultTimeout(30_000);

const NUMBER = "+14155550199";
const FOREIGN = "+14155550100";

let at: World;
let mine: TestTenant;

beforeEach(async () => {
  at = await world();
  mine = await tenant(at.service, NUMBER);
});

afterEach(() => expect(at.telnyx.problems).toEqual([]));

const ago = (ms: number) => Date.now() - ms;
const bodies = async () => (await at.messages()).map(({ body }) => body);

test("an outage in the middle of traffic: everything comes once, marked, in order, on the open stream", async () => {
  const client = await connect(at.service.url, { key: mine.key });
  const { telnyx } = at;
  await telnyx.send({ to: NUMBER, body: "before", at: ago(5 * HOUR) }, 3);
  telnyx.lose({ to: NUMBER, body: "third", at: ago(2 * HOUR) });
  telnyx.lose({ to: NUMBER, body: "first", at: ago(4 * HOUR) });
  telnyx.lose({ to: NUMBER, body: "recorded only", at: ago(3 * HOUR), isListed: false });
  telnyx.lose({ to: FOREIGN, body: "somebody else's", at: ago(2 * HOUR) });
  await telnyx.send({ to: NUMBER, body: "after", at: ago(MINUTE) });
  telnyx.order = (texts) => texts.toReversed().flatMap((text) => [text, text]);

  expect(await at.report()).toMatchObject({
    deliveries: { listed: 6 - 1 },
    detail_records: { listed: 5 },
    stored: 3,
    unrouted: 0,
    duplicate: 2,
    foreign: 1,
    fetched: 1,
    unrecovered: [],
    capped: false,
    complete: true,
  });
  await client.messageCount(5);
  expect(client.bodies).toEqual(["before", "after", "first", "recorded only", "third"]);
  expect(client.messages.map(({ recovered }) => recovered)).toEqual([undefined, undefined, true, true, true]);

  const { position } = await at.service.database.installation();
  const second = await at.report();
  expect(second).toMatchObject({ stored: 0, duplicate: 5, fetched: 0, complete: true });
  expect((await at.service.database.installation()).position).toBe(position);
});

test("a webhook that comes after its recovery changes nothing", async () => {
  const text = at.telnyx.lose({ to: NUMBER, body: "late", at: ago(HOUR) });
  await at.report();
  text.status = null;
  const [before] = await at.messages();
  const sent = await at.telnyx.send({ to: NUMBER, payload: { id: text.id, text: "late" } });
  expect(sent.status).toBe("delivered");
  expect(await at.messages()).toEqual([before as NonNullable<typeof before>]);
});

test("ours is what names one of our numbers, our URL, or comes of such a profile", async () => {
  const { telnyx, service } = at;
  await setActive(service.database, NUMBER, false);
  telnyx.lose({ to: NUMBER, body: "inactive", at: ago(5 * HOUR), profileId: "p1" });
  telnyx.lose({ to: FOREIGN, body: "same profile", at: ago(4 * HOUR), profileId: "p1" });
  telnyx.lose({ to: FOREIGN, body: "our URL", at: ago(3 * HOUR), url: `${PUBLIC_URL}/webhooks/telnyx/?a=b` });
  telnyx.lose({ to: FOREIGN, body: "other URL", at: ago(2 * HOUR), url: `${PUBLIC_URL}/webhooks/other` });
  telnyx.lose({ to: FOREIGN, body: "other profile", at: ago(HOUR), profileId: "p2" });
  const url = `${PUBLIC_URL}/webhooks/telnyx`;
  telnyx.lose({ to: FOREIGN, body: "by its record", at: ago(HOUR), url, isListed: false });
  expect(await at.report()).toMatchObject({ stored: 0, unrouted: 4, foreign: 2, complete: true });
  expect(await bodies()).toEqual(["inactive", "same profile", "our URL", "by its record"]);
});

test("what was deleted or pruned stays away, and what retention would remove is not fetched", async () => {
  const { telnyx, service } = at;
  await telnyx.send({ to: NUMBER, body: "deleted", at: ago(HOUR) });
  await telnyx.send({ to: NUMBER, body: "pruned", at: ago(HOUR) });
  const [deleted] = await at.messages();
  await deleteMessage(service.database, deleted?.message_id ?? "", Date.now());
  await pruneMessages(service.database, Date.now() + 1, Date.now());
  expect(await at.messages()).toEqual([]);
  expect(await at.report()).toMatchObject({ stored: 0, duplicate: 2, fetched: 0, complete: true });

  const short = await world({ config: { retentionMs: HOUR } });
  await tenant(short.service, NUMBER);
  const started = ago(30 * MINUTE);
  short.telnyx.lose({ to: NUMBER, at: ago(2 * HOUR) });
  const received_at = new Date(ago(3 * HOUR)).toISOString();
  const old = short.telnyx.lose({ to: NUMBER, at: started, payload: { received_at } });
  const report = await short.report();
  expect(Date.parse(report.since)).toBeGreaterThan(ago(HOUR + MINUTE));
  expect(report).toMatchObject({ stored: 0, complete: false });
  expect(report.unrecovered).toMatchObject([{ telnyx_id: old.id, reason: "too_old", received_at }]);
  expect(await short.messages()).toEqual([]);
});

test("what cannot be had is listed with its reason, and nothing is called complete", async () => {
  const { telnyx } = at;
  const only = { to: NUMBER, isListed: false, from: "+13125550009" };
  const expired = telnyx.lose({ ...only, at: ago(6 * HOUR), isExpired: true });
  const redacted = telnyx.lose({ ...only, at: ago(5 * HOUR), isRedacted: true, body: "secret" });
  const refused = telnyx.lose({ ...only, at: ago(4 * HOUR) });
  const unreadable = telnyx.lose({ ...only, at: ago(3 * HOUR), payload: { to: [] } });
  const masked = { from: { phone_number: "+1312*******" }, text: "" };
  const masks = telnyx.lose({ to: NUMBER, at: ago(2 * HOUR), isRecorded: false, payload: masked });
  telnyx.lose({ ...only, at: ago(HOUR), body: "fine" });
  telnyx.faults.push((asked, genuine) =>
    asked.path.endsWith(refused.id) ? failing(422)(asked, genuine) : null,
  );
  const reasons = (report: { unrecovered: readonly { telnyx_id: string; reason: string }[] }) =>
    Object.fromEntries(report.unrecovered.map(({ telnyx_id, reason }) => [telnyx_id, reason]));
  const expected = {
    [expired.id]: "expired",
    [redacted.id]: "redacted",
    [refused.id]: "refused",
    [unreadable.id]: "unreadable",
    [masks.id]: "redacted",
  };
  const report = await at.report();
  expect(report).toMatchObject({ stored: 1, fetched: 1, unreadable: 1, complete: false });
  expect(reasons(report)).toEqual(expected);
  expect(report.unrecovered.find(({ reason }) => reason === "expired")).toEqual({
    telnyx_id: expired.id,
    to: NUMBER,
    from: "+13125550009",
    received_at: new Date(expired.at).toISOString(),
    reason: "expired",
  });
  expect(await bodies()).toEqual(["fine"]);

  // A round of the service tells of them, and does not ask again; when the webhook comes after all, it is forgotten.
  const asked = telnyx.count("/messages/");
  const round = await at.run(12 * HOUR, { asksAgain: false });
  expect(reasons(round.report)).toEqual(expected);
  expect(telnyx.count("/messages/")).toBe(asked);
  await telnyx.send({ ...only, at: redacted.at, body: "secret", payload: { id: redacted.id } });
  telnyx.texts.pop();
  const after = reasons((await at.run(12 * HOUR, { asksAgain: false })).report);
  expect(Object.keys(after)).not.toContain(redacted.id);
  const { rows } = await at.service.database.read("SELECT telnyx_id FROM unrecovered");
  expect(rows.map(({ telnyx_id }) => telnyx_id)).not.toContain(redacted.id);
});

test("what is no text of SMS or MMS is ignored, and what cannot be read is kept", async () => {
  const { telnyx } = at;
  telnyx.lose({ to: NUMBER, at: ago(HOUR), payload: { type: "RCS" } });
  const url = `${PUBLIC_URL}/webhooks/telnyx`;
  telnyx.lose({ to: NUMBER, at: ago(HOUR), url, payload: { to: [] }, isRecorded: false });
  telnyx.lose({ to: NUMBER, at: ago(HOUR), payload: { id: null }, event: { id: "" }, isRecorded: false });
  telnyx.problems.length = 0;
  const report = await at.report();
  telnyx.problems.length = 0;
  expect(report).toMatchObject({ stored: 0, ignored: 1, unreadable: 1, complete: false });
  expect(report.unrecovered).toMatchObject([{ reason: "unreadable", to: NUMBER }]);
  const { rows } = await at.service.database.read("SELECT count(*) AS n FROM unreadable_events");
  expect(Number(rows[0]?.n)).toBe(1);
});

test("entries that tell nothing of their text are never passed over where they are ours", async () => {
  const url = `${PUBLIC_URL}/webhooks/telnyx`;
  at.telnyx.lose({ to: NUMBER, at: ago(HOUR), url, isRecorded: false });
  at.telnyx.lose({ to: NUMBER, at: ago(2 * HOUR), isListed: false });
  at.telnyx.lose({ to: FOREIGN, at: ago(2 * HOUR) });
  at.telnyx.faults.push(
    altering(({ data, meta }) => ({
      data: data.map((row) => ({ ...row, webhook: undefined, uuid: undefined })),
      meta,
    })),
  );
  const report = await at.report();
  expect(report).toMatchObject({ stored: 0, complete: false });
  expect(report.unrecovered.map(({ reason }) => reason)).toEqual(["unreadable", "unreadable"]);
  expect(await bodies()).toEqual([]);
});

test("pages that are very large are read in smaller ones", async () => {
  for (let i = 0; i < 60; i++) at.telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(2 * HOUR - i * 1000) });
  const page = "x".repeat(90_000);
  at.telnyx.faults.push(async (asked, genuine) => {
    if (asked.path !== "/webhook_deliveries") return genuine();
    const { data, meta } = (await (await genuine()).json()) as { data: object[]; meta: object };
    return Response.json({ data: data.map((row) => ({ ...row, note: page })), meta });
  });
  expect(await at.report()).toMatchObject({ deliveries: { listed: 60 }, stored: 60, complete: true });
  expect(at.telnyx.requests.map(({ query }) => query.get("page[size]"))).toEqual([
    "250",
    "25",
    "25",
    "25",
    "50",
    "50",
  ]);
});

test("where the records cannot be read, the deliveries come back all the same, and it is not complete", async () => {
  at.telnyx.lose({ to: NUMBER, body: "back", at: ago(HOUR) });
  for (const fault of [saying("<html>"), failing(500), failing(403), stallingBody]) {
    at.telnyx.faults.splice(0, 9, (asked, genuine) =>
      asked.path === "/detail_records" ? fault(asked, genuine) : null,
    );
    const { report, failure, isDelivered, recordsThrough } = await at.run(12 * HOUR, { deadlineMs: 700 });
    expect(failure).not.toBeNull();
    expect([report.complete, isDelivered, recordsThrough]).toEqual([false, true, null]);
    expect(await bodies()).toEqual(["back"]);
  }
});

test("where the deliveries cannot be read nothing is complete, and what was fetched before an end stays", async () => {
  at.telnyx.faults.push(saying("<html>"));
  const none = await at.run();
  expect([none.report.complete, none.isDelivered, none.failure === null]).toEqual([false, false, false]);
  at.telnyx.faults.pop();
  for (let i = 0; i < 9; i++)
    at.telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(HOUR - i), isListed: false });
  let asked = 0;
  at.telnyx.faults.push((request, genuine) =>
    request.path.startsWith("/messages/") && ++asked > 4 ? failing(503)(request, genuine) : null,
  );
  const { report, failure } = await at.run();
  expect(failure).not.toBeNull();
  expect(report).toMatchObject({ stored: 4, complete: false });
  at.telnyx.faults.pop();
  expect(await at.report()).toMatchObject({ stored: 5, complete: true });
  expect((await at.messages()).length).toBe(9);
});

test("a rate limit, a stall and a bad answer on the way lose nothing", async () => {
  for (let i = 0; i < 300; i++) at.telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(2 * HOUR - i * 1000) });
  at.telnyx.faults.push(
    first(2, "/webhook_deliveries", failing(429, "slow", { "x-ratelimit-reset": "1" })),
    first(1, "/webhook_deliveries", stallingBody),
    first(1, "/detail_records", saying("<html>")),
  );
  expect(await at.report(12 * HOUR, 1_500)).toMatchObject({ stored: 300, complete: true });
  expect(await bodies()).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`));
});

test("a window with more pages than are held at once is read in parts, oldest first", async () => {
  const count = 5_300;
  for (let i = 0; i < count; i++)
    at.telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(10 * HOUR - i * 6_000), isRecorded: i % 50 === 0 });
  const report = await at.report();
  expect(report).toMatchObject({ stored: count, complete: true, capped: false });
  expect(report.deliveries.listed).toBe(count);
  expect(await bodies()).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
});

test("a profile that turns out to be ours later in a long window brings what came before", async () => {
  at.telnyx.lose({ to: FOREIGN, body: "early", at: ago(11 * HOUR), profileId: "p1" });
  at.telnyx.lose({ to: NUMBER, body: "ours", at: ago(MINUTE), profileId: "p1", isRecorded: false });
  at.telnyx.faults.push(
    // As if there were too many: whatever spans more than six hours is too long.
    altering(({ data, meta }) => ({ data, meta })),
  );
  at.telnyx.faults[0] = async (asked, genuine) => {
    const span =
      Date.parse(asked.query.get("filter[started_at][lte]") ?? "") -
      Date.parse(asked.query.get("filter[started_at][gte]") ?? "");
    if (!(span > 7 * HOUR)) return genuine();
    const page = (await (await genuine()).json()) as { data: unknown; meta: object };
    return Response.json({ ...page, meta: { ...page.meta, total_pages: 1_000 } });
  };
  expect(await at.report()).toMatchObject({ stored: 1, unrouted: 1, foreign: 0, complete: true });
  expect(await bodies()).toEqual(["ours", "early"]);
});

test("a second that has no end is said, and nothing is complete", async () => {
  at.telnyx.lose({ to: NUMBER, at: ago(1_500) });
  at.telnyx.faults.push(
    altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: data.length * 1_000 } })),
  );
  const { report, isDelivered } = await at.run(3_000);
  expect([report.capped, report.complete, isDelivered]).toEqual([true, false, false]);
});

test("what it is doing when it is stopped stays, and the rest comes with the next run", async () => {
  for (let i = 0; i < 1_000; i++) at.telnyx.lose({ to: NUMBER, body: `${i}`, at: ago(2 * HOUR - i * 1000) });
  const running = at.run();
  await until("some of it", async () => (await at.messages()).length > 0);
  at.stop.abort();
  const { report, failure, isDelivered } = await running;
  expect(failure).toMatchObject({ kind: "stopped" });
  expect([report.complete, isDelivered]).toEqual([false, false]);
  expect(await bodies()).toEqual(Array.from({ length: report.stored }, (_, i) => `${i}`));
  expect(report.stored).toBeLessThan(1_000);
});
