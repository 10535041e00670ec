/** How long a stream lives, what is sent while nothing happens, and how it says goodbye. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { addTenant, startServer } from "../../harness/server.ts";
import { connect, type StreamClient } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { send } from "./texts.ts";

setDefaultTimeout(60_000);

/** What a busy machine may add to a time that was promised, in ms. */
const SLACK_MS = 700;

test("a heartbeat comes at its time, whatever else is sent", async () => {
  const server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.3" } });
  const tenant = await addTenant(server.folder, "+14155550501");
  const other = await addTenant(server.folder, "+14155550502");
  const quiet = await connect(server.url, { key: other.key });
  const startedAt = performance.now();
  const client = await connect(server.url, { key: tenant.key });
  for (let i = 0; client.comments.length < 5; i++) await send(server, tenant, `text ${i}`);
  const elapsed = performance.now() - startedAt;
  expect(elapsed).toBeGreaterThan(1_300);
  expect(elapsed).toBeLessThan(5 * 300 + SLACK_MS);
  expect(new Set(client.comments)).toEqual(new Set(["heartbeat"]));
  await until("as many heartbeats without a text", () => quiet.comments.length >= 5);
  await server.stop();
});

test("a stream ends within its time, at a point of its own, and asks its client back soon", async () => {
  const server = await startServer({ env: { STREAM_MAX_SECONDS: "2", STREAM_HEARTBEAT_SECONDS: "0.4" } });
  const { key } = await addTenant(server.folder, "+14155550503");
  const clients: { client: StreamClient; openedAt: number; endedAt: number }[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const openedAt = performance.now();
      const client = await connect(server.url, { key });
      await client.end();
      clients.push({ client, openedAt, endedAt: performance.now() });
    }),
  );
  for (const { client, openedAt, endedAt } of clients) {
    expect(endedAt - openedAt).toBeGreaterThan(1_700);
    expect(endedAt - openedAt).toBeLessThan(2_000 + SLACK_MS);
    const retryMs = expectGoodbye(client, "max_duration");
    expect(retryMs).toBeLessThanOrEqual(2_000);
  }
  expect(new Set(clients.map(({ client }) => client.retries.at(-1))).size).toBeGreaterThan(1);
  await server.stop();
});

test("on SIGTERM every stream is told so, the waits are spread, and the process ends with 0", async () => {
  const server = await startServer();
  const tenant = await addTenant(server.folder, "+14155550504");
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => connect(server.url, { key: tenant.key })),
  );
  await send(server, tenant, "the last");
  expect(await server.stop()).toBe(0);
  for (const client of clients) {
    await client.end();
    expect(client.bodies).toEqual(["the last"]);
    expectGoodbye(client, "shutdown");
  }
  expect(new Set(clients.map(({ retries }) => retries.at(-1))).size).toBeGreaterThan(1);

  const next = await startServer({ folder: server.folder, telnyx: server.telnyx });
  await send(next, tenant, "the first");
  const client = await connect(next.url, { key: tenant.key, lastEventId: clients[0]?.lastEventId ?? "" });
  await client.event("caught_up");
  expect(client.bodies).toEqual(["the first"]);
  await next.stop();
});

/** The stream's last bytes are `closing` behind a `retry:` that says the same. Returns how long. */
function expectGoodbye(client: StreamClient, reason: string): number {
  const retryMs = client.retries.at(-1) ?? Number.NaN;
  const data = JSON.stringify({ reason, retry_ms: retryMs });
  expect(client.raw).toEndWith(`\n\nretry: ${retryMs}\nevent: closing\ndata: ${data}\n\n`);
  expect(client.of("closing").length).toBe(1);
  return retryMs;
}
