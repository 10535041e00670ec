/** A server that comes back with an earlier state: what running processes know of positions is of use to nobody. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { startSqld } from "./sqld.ts";

setDefaultTimeout(60_000);

test("a sqld that is started again over a copy of before: a gap for clients, and every text is streamed", async () => {
  const sqld = await startSqld();
  const service = await testService({ config: { database: { url: sqld.url, authToken: null } } });
  const owner = await tenant(service, "+14155559999");
  const event = (text: string) => smsEvent(owner.number, text);
  for (let i = 1; i <= 5; i++) await deliver(service.url, service.telnyx, event(`early ${i}`));
  await sqld.kill();
  const copy = join(emptyFolder(), "copy");
  cpSync(sqld.data, copy, { recursive: true });
  await sqld.start();
  const client = await connect(service.url, owner);
  for (let i = 1; i <= 10; i++) await deliver(service.url, service.telnyx, event(`late ${i}`));
  await client.messageCount(10);
  await sqld.kill();
  rmSync(sqld.data, { recursive: true });
  cpSync(copy, sqld.data, { recursive: true });
  await sqld.start();
  await client.end();
  const next = await connect(service.url, { ...owner, lastEventId: client.lastEventId ?? "" });
  expect((await next.event("gap")).data.reason).toBe("unknown_cursor");
  for (let i = 1; i <= 6; i++) {
    const isStored = async () =>
      (await sendWebhook(service.url, service.telnyx, event(`after ${i}`))).status === 200;
    await until("it is stored", isStored);
  }
  await next.messageCount(6);
  expect(next.bodies).toEqual([1, 2, 3, 4, 5, 6].map((i) => `after ${i}`));
});
