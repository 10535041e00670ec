/** The main job, whole: from an empty folder to a message on a stream, with the compiled executable. */
import { expect, test } from "bun:test";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

test("a signed text goes in, a stream comes out", async () => {
  const server = await startServer();
  const { key, number, accountId } = await addTenant(server.folder, "+14155559999");
  const client = await connect(server.url, { key });
  expect(await deliver(server.url, server.telnyx, smsEvent(number, "Hello!"))).toBe("stored");
  await client.messageCount(1);
  const [connected, received] = client.events;
  expect(client.raw).toStartWith(
    `retry: 2000\nid: ${connected?.id}\nevent: connected\ndata: {"clientId":"sms-${accountId}-`,
  );
  expect(connected?.id).toMatch(/^[a-z0-9]{4,16}-0$/);
  expect(received?.data).toMatchObject({ from: "+13125550001", to: number, body: "Hello!" });
  expect(await server.stop()).toBe(0);
  expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "shutdown" } });
});
