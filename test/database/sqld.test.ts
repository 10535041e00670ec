/** A real sqld that goes away and comes back. What holds on every engine is in test/contract/. */
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
  }
  const lastEventId = open.lastEventId ?? "";
  const unknown = await openStream(url, { key: unseenKey, lastEventId });
  await unknown.end();
  expect(unknown.response.status).toBe(200);
  expect(unknown.events).toMatchObject([{ event: "closing", data: { reason: "overloaded" } }]);
  // Of a key and a cursor that are known nothing needs to be read.
  const back = await connect(url, { key: owner.key, lastEventId });

  await sqld.start();
  expect(await deliver(url, telnyx, event)).toBe("stored");
  await until("the service is ready", async () => (await fetch(`${url}/readyz`)).ok);
  await open.messageCount(2);
  expect(open.bodies).toEqual(["before", "meanwhile"]);
  await back.messageCount(1);
  expect(back.bodies).toEqual(["meanwhile"]);
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
