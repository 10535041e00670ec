/** The main job on a remote database: a real sqld, which two services share and which goes away and comes back. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { createKey } from "../../src/keys/store.ts";
import { type TestService, type TestTenant, tenant, testService } from "../harness/service.ts";
import { connect, openStream } from "../harness/stream.ts";
import { deliver, sendWebhook, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { type Sqld, startSqld } from "./sqld.ts";

setDefaultTimeout(60_000);
const NUMBER = "+14155559999";

const serviceOn = ({ url }: Pick<Sqld, "url">, telnyx = telnyxKey(), now = Date.now) =>
  testService({ config: { database: { url, authToken: null } }, telnyx, now });

async function setUp(now = Date.now): Promise<{ sqld: Sqld; service: TestService; owner: TestTenant }> {
  const sqld = await startSqld();
  const service = await serviceOn(sqld, undefined, now);
  return { sqld, service, owner: await tenant(service, NUMBER) };
}

const errorOf = async (response: Response) =>
  `${response.status} ${((await response.json()) as { error: { code: string } }).error.code}`;

test("a text is stored once, streamed live, replayed, and kept when sqld is started again", async () => {
  const { sqld, service, owner } = await setUp();
  const { url, telnyx } = service;
  const live = await connect(url, { key: owner.key });
  expect(live.events[0]?.id).toMatch(/^[a-z0-9]{4,16}-0$/);
  const events = Array.from({ length: 20 }, (_, i) => smsEvent(NUMBER, `text ${i}`));
  for (const event of events) expect(await deliver(url, telnyx, event)).toBe("stored");
  for (const event of events) expect(await deliver(url, telnyx, event)).toBe("duplicate");
  expect(await deliver(url, telnyx, smsEvent("+14155550000", "for nobody"))).toBe("unrouted");
  expect(await deliver(url, telnyx, smsEvent(NUMBER, "for whom?", { to: [{}] }))).toBe("ignored");
  await live.messageCount(20);
  const resumed = await connect(url, { key: owner.key, lastEventId: live.of("sms_received")[4]?.id ?? "" });
  const replayed = await connect(url, { key: owner.key, query: "?since=1h" });
  await Promise.all([resumed.event("caught_up"), replayed.event("caught_up")]);
  expect(resumed.messages).toEqual(live.messages.slice(5));
  expect(replayed.of("sms_received")).toEqual(live.of("sms_received"));
  expect(replayed.bodies).toEqual(events.map(({ data }) => data.payload.text));
  const kept = await service.database.read("SELECT body FROM unreadable_events");
  expect(kept.rows).toHaveLength(1);

  await service.close();
  await sqld.kill();
  await sqld.start();
  const again = await serviceOn(sqld, telnyx);
  const after = await connect(again.url, { key: owner.key, query: "?since=all" });
  await after.event("caught_up");
  expect(after.of("sms_received")).toEqual(live.of("sms_received"));
  expect(await deliver(again.url, telnyx, events[0])).toBe("duplicate");
});

test("many webhooks at once are each one message, in one order for everybody", async () => {
  const { service, owner } = await setUp();
  const live = await connect(service.url, { key: owner.key });
  const events = Array.from({ length: 300 }, (_, i) => smsEvent(NUMBER, `text ${i}`));
  const outcomes: string[] = [];
  // Bun has at most 256 requests of one process under way, and those to sqld are among them here.
  for (let at = 0; at < events.length; at += 100) {
    const some = events.slice(at, at + 100);
    const sends = [...some, ...some].map((event) => deliver(service.url, service.telnyx, event));
    outcomes.push(...(await Promise.all(sends)));
  }
  expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(300);
  await live.messageCount(300);
  const replayed = await connect(service.url, { key: owner.key, query: "?since=all" });
  await replayed.event("caught_up");
  expect(replayed.of("sms_received")).toEqual(live.of("sms_received"));
  expect(new Set(live.bodies).size).toBe(300);
});

test("two services over one sqld tell their clients the same, and a key works in both", async () => {
  const { sqld, service, owner } = await setUp();
  const other = await serviceOn(sqld, service.telnyx);
  const services = [service, other];
  const clients = await Promise.all(services.map(({ url }) => connect(url, { key: owner.key })));
  for (let i = 0; i < 30; i++) {
    const event = smsEvent(NUMBER, `text ${i}`);
    const outcomes = await Promise.all(services.map(({ url, telnyx }) => deliver(url, telnyx, event)));
    expect(outcomes.sort()).toEqual(["duplicate", "stored"]);
    for (const client of clients) await client.messageCount(i + 1, 2_000);
  }
  const [one, two] = clients;
  expect(one?.of("sms_received")).toEqual(two?.of("sms_received") ?? []);
  const wanted = { accountId: owner.accountId, scopes: ["sms:read"], name: "new", lifetimeMs: null } as const;
  const { key } = await createKey(service.database, wanted, Date.now());
  const resumed = await connect(other.url, { key, lastEventId: one?.of("sms_received")[9]?.id ?? "" });
  await resumed.event("caught_up");
  expect(resumed.messages).toEqual(one?.messages.slice(10) ?? []);
});

test("messages of a size that sqld refuses in one answer are streamed and replayed all the same", async () => {
  const { service, owner } = await setUp();
  const live = await connect(service.url, { key: owner.key });
  const body = "😀 large ".repeat(60_000);
  const sends = Array.from({ length: 24 }, (_, i) => {
    const event = smsEvent(NUMBER, `${i} ${body}`);
    // As Telnyx does: what a busy machine could not store in time is sent again.
    const sent = async () => (await sendWebhook(service.url, service.telnyx, event)).status === 200;
    return until("it is stored", sent, 30_000);
  });
  await Promise.all(sends);
  const replayed = await connect(service.url, { key: owner.key, query: "?since=all" });
  await Promise.all([live.messageCount(24, 30_000), replayed.event("caught_up", 30_000)]);
  expect(live.bodies.map((text) => String(text).length)).toEqual(
    replayed.bodies.map((text) => String(text).length),
  );
  expect(new Set(replayed.bodies.map((text) => String(text).split(" ")[0])).size).toBe(24);

  const fresh = await serviceOn(service.config.database, service.telnyx);
  const fromStore = await connect(fresh.url, { key: owner.key, query: "?since=all" });
  await fromStore.event("caught_up", 30_000);
  expect(fromStore.messages.map(({ message_id }) => message_id)).toEqual(
    replayed.messages.map(({ message_id }) => message_id),
  );
});

test("while sqld is away webhooks and fresh streams are told to come back; then everything goes on", async () => {
  const { sqld, service, owner } = await setUp();
  const { url, telnyx } = service;
  const unseen = {
    accountId: owner.accountId,
    scopes: ["sms:read"],
    name: "unseen",
    lifetimeMs: null,
  } as const;
  const { key: unseenKey } = await createKey(service.database, unseen, Date.now());
  const open = await connect(url, { key: owner.key });
  expect(await deliver(url, telnyx, smsEvent(NUMBER, "before"))).toBe("stored");
  await open.messageCount(1);

  await sqld.kill();
  const event = smsEvent(NUMBER, "meanwhile");
  const webhook = await sendWebhook(url, telnyx, event);
  expect(webhook.headers.get("retry-after")).not.toBeNull();
  expect(await errorOf(webhook)).toBe("503 unavailable");
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  for (const key of [owner.key, unseenKey]) {
    const fresh = await openStream(url, { key });
    await fresh.end();
    expect({ key: key === owner.key, status: fresh.response.status }).toEqual({
      key: key === owner.key,
      status: 503,
    });
    expect(fresh.response.headers.get("retry-after")).not.toBeNull();
    const back = await openStream(url, { key, lastEventId: open.lastEventId ?? "" });
    await back.end();
    expect(back.response.status).toBe(200);
    expect(back.events).toMatchObject([{ event: "closing", data: { reason: "overloaded" } }]);
  }

  await sqld.start();
  expect(await deliver(url, telnyx, event)).toBe("stored");
  await until("the service is ready", async () => (await fetch(`${url}/readyz`)).ok);
  await open.messageCount(2);
  expect(open.bodies).toEqual(["before", "meanwhile"]);
  const fresh = await connect(url, { key: unseenKey, query: "?since=all" });
  await fresh.event("caught_up");
  expect(fresh.of("sms_received")).toEqual(open.of("sms_received"));
});

test("a sqld that answers nothing does not hold a webhook longer than Telnyx waits", async () => {
  const { sqld, service, owner } = await setUp();
  const open = await connect(service.url, { key: owner.key });
  expect(await deliver(service.url, service.telnyx, smsEvent(NUMBER, "before"))).toBe("stored");
  sqld.freeze();
  const event = smsEvent(NUMBER, "meanwhile");
  const began = performance.now();
  expect(await errorOf(await sendWebhook(service.url, service.telnyx, event))).toBe("503 unavailable");
  expect(performance.now() - began).toBeLessThan(2_000);
  sqld.resume();
  await open.messageCount(2);
  expect(await deliver(service.url, service.telnyx, event)).toBe("duplicate");
  expect(open.bodies).toEqual(["before", "meanwhile"]);
});

for (const [how, leave] of [
  ["is gone", (sqld: Sqld) => sqld.kill()],
  ["answers nothing", (sqld: Sqld) => sqld.freeze()],
] as const) {
  test(`streams are closed when sqld ${how} for thirty seconds: they might show what was revoked`, async () => {
    let ahead = 0;
    const { sqld, service, owner } = await setUp(() => Date.now() + ahead);
    const open = await connect(service.url, { key: owner.key });
    await leave(sqld);
    ahead = 31_000;
    await open.end(30_000);
    expect(open.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "overloaded" } });
    sqld.resume();
  });
}
