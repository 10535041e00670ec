/** Every event that a stream sends is what the document says of it, and each that is documented is sent. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { Document, Schema } from "../../src/reference/openapi.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { Judge } from "./judge.ts";

setDefaultTimeout(30_000);

test("a stream's events are as documented, from connected to closing", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155550911");
  const judge = new Judge((await (await fetch(`${service.url}/openapi.json`)).json()) as Document);
  await deliver(service.url, service.telnyx, smsEvent(number, "before"));
  const streams = [
    await connect(service.url, { key }),
    await connect(service.url, { key, query: "?since=all" }),
    await connect(service.url, { key, lastEventId: "otherdatabase-7" }),
  ];
  await streams[1]?.event("caught_up");
  await deliver(service.url, service.telnyx, smsEvent(number, "live"));
  for (const stream of streams) await stream.messageCount(1);
  await service.close();
  for (const stream of streams) await stream.end();

  const events = streams.flatMap((stream) => stream.events);
  const schema = judge.document.components.schemas.StreamEvent as Schema;
  for (const { id, event, data } of events)
    judge.holdValue(`the event ${event}`, schema, id === undefined ? { event, data } : { id, event, data });
  const documented = (schema.oneOf as readonly Schema[]).map(({ properties = {} }) => properties.event);
  expect([...new Set(events.map(({ event }) => event))].sort()).toEqual(
    documented.map((name) => String((name as Schema).const)).sort(),
  );
});
