/** While a process drains, whoever comes is told so, and what was begun is finished. */
import { expect, test } from "bun:test";
import { addTenant, startServer } from "../harness/server.ts";
import { connect, openStream } from "../harness/stream.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";

test("a drain answers those who come, and finishes the webhook that is on its way", async () => {
  const server = await startServer({ env: { SHUTDOWN_SECONDS: "5" } });
  const { key, number } = await addTenant(server.folder, "+14155559999");
  const client = await connect(server.url, { key });
  // A webhook whose body is only half sent keeps the drain from ending.
  const body = new TextEncoder().encode(JSON.stringify(smsEvent(number, "half way")));
  const { promise: rest, resolve: sendRest } = Promise.withResolvers<void>();
  const halves = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(body.slice(0, 40));
      await rest;
      controller.enqueue(body.slice(40));
      controller.close();
    },
  });
  const headers = signedHeaders(server.telnyx, body);
  const webhook = fetch(`${server.url}/webhooks/telnyx`, { method: "POST", headers, body: halves });
  const stopped = server.stop();
  await client.event("closing");

  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, ready.headers.get("retry-after")]).toEqual([503, "2"]);
  const fresh = await openStream(server.url, { key });
  expect(fresh.response.status).toBe(503);
  const back = await openStream(server.url, { key, lastEventId: client.lastEventId ?? "" });
  await back.end();
  expect(back.response.status).toBe(200);
  expect(back.events).toMatchObject([{ event: "closing", data: { reason: "shutdown" } }]);

  sendRest();
  expect((await webhook).status).toBe(200);
  expect(await stopped).toBe(0);
}, 30_000);
