/** Replays: clients that vanish in the middle of one, those that ask by time, those that ask for some numbers. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../../harness/cli.ts";
import { addTenant, type Server, startServer } from "../../harness/server.ts";
import { connect } from "../../harness/stream.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { type Answer, ask } from "./answers.ts";
import { RawStream } from "./raw.ts";
import { replayed, replayedBy } from "./replays.ts";
import { difference, NO_DIFFERENCE, pour, send, texts } from "./texts.ts";

setDefaultTimeout(60_000);

const env = { STREAM_HEARTBEAT_SECONDS: "0.2" };

let server: Server;

beforeAll(async () => {
  server = await startServer({ env });
});

test("a client that vanishes again and again in the middle of its replay loses and doubles nothing", async () => {
  const tenant = await addTenant(server.folder, "+14155550301");
  const start = (await connect(server.url, { key: tenant.key })).lastEventId ?? "";
  const sent = texts(4_000);
  await pour(server, tenant, sent.slice(0, 3_000));
  // Started anew it has none of these in memory: they come from the store, and those below from memory.
  await server.stop();
  server = await startServer({ folder: server.folder, telnyx: server.telnyx, env });
  const pouring = pour(server, tenant, sent.slice(3_000));
  const received: string[] = [];
  let lastEventId = start;
  let parts = 0;
  // Odd numbers of bytes, so that it vanishes within frames, and once before it has read any.
  for (let mostBytes = 21; ; mostBytes = (mostBytes * 3 + 1_001) % 130_000) {
    const part = new RawStream(server.url, { key: tenant.key, lastEventId, mostBytes });
    await until("it vanished, or is up to date", () => part.closed || part.has("caught_up"));
    part.destroy();
    received.push(...part.bodies);
    parts++;
    lastEventId = part.lastEventId ?? lastEventId;
    if (part.has("caught_up")) break;
  }
  expect(parts).toBeGreaterThan(5);
  await pouring;
  const last = await connect(server.url, { key: tenant.key, lastEventId });
  await last.event("caught_up");
  received.push(...last.bodies.map(String));
  expect(difference(received, sent)).toEqual(NO_DIFFERENCE);
  const whole = await connect(server.url, { key: tenant.key, lastEventId: start });
  await whole.event("caught_up");
  expect(whole.bodies).toEqual(received);
});

test("since starts from what was stored then: all, a duration, a time; a future one is allowed", async () => {
  const tenant = await addTenant(server.folder, "+14155550302");
  const since = async (text: string) => {
    const client = await connect(server.url, { key: tenant.key, query: `?since=${text}` });
    await client.event("caught_up");
    return client;
  };
  await send(server, tenant, "one", "two");
  const between = await later();
  await later();
  await send(server, tenant, "three");
  expect((await since("all")).bodies).toEqual(["one", "two", "three"]);
  expect((await since("10m")).bodies).toEqual(["one", "two", "three"]);
  const partly = await since(new Date(between).toISOString());
  expect(partly.bodies).toEqual(["three"]);
  const future = await since("2999-01-01T00:00:00Z");
  await send(server, tenant, "four");
  await future.messageCount(1);
  expect(future.events.map(({ event }) => event)).toEqual(["connected", "caught_up", "sms_received"]);

  const startedFrom = partly.events[0]?.id ?? "";
  expect(await replayed(server, { key: tenant.key, lastEventId: startedFrom })).toEqual(["three", "four"]);
});

test("to narrows the stream, live and in a replay, however its plus is written", async () => {
  const tenant = await addTenant(server.folder, "+14155550303");
  const numbers = [tenant.number, "+14155550304", "+14155550305"];
  for (const number of numbers.slice(1))
    await inletJson(server.folder, ["numbers", "add", number, "--account", String(tenant.accountId)]);
  const query = "?to=%2B14155550303&to=+14155550305";
  const fresh = await connect(server.url, { key: tenant.key, query });
  for (const number of numbers) await deliver(server.url, server.telnyx, smsEvent(number, `to ${number}`));
  await fresh.messageCount(2);
  expect(fresh.bodies).toEqual(["to +14155550303", "to +14155550305"]);
  expect(await replayed(server, { key: tenant.key, query: `${query}&since=all` })).toEqual(fresh.bodies);
});

test("a number that the key does not see is refused to a fresh client, whether it exists or not", async () => {
  const tenant = await addTenant(server.folder, "+14155550306");
  const other = await addTenant(server.folder, "+14155550307");
  const [foreign, unknown] = await Promise.all(
    [other.number, "+14155559876"].map((number) =>
      ask(server.url, tenant.key, `/v1/sms/stream?to=${tenant.number}&to=${number}`),
    ),
  );
  expect(foreign).toMatchObject({
    status: 400,
    error: { code: "validation_error", fields: { to: expect.any(String) } },
  });
  expect(unknown?.error).toEqual(foreign?.error as Answer["error"]);
});

test("on a reconnect it is dropped silently; when all are dropped, nothing is sent", async () => {
  const tenant = await addTenant(server.folder, "+14155550308");
  const other = await addTenant(server.folder, "+14155550309");
  const live = await connect(server.url, { key: tenant.key });
  const lastEventId = live.lastEventId ?? "";
  await send(server, tenant, "missed");
  const resumed = (query: string) => connect(server.url, { key: tenant.key, lastEventId, query });
  const some = await resumed(`?to=${other.number}&to=${tenant.number}&to=garbage`);
  const none = [await resumed(`?to=${other.number}`), await resumed("?to=garbage"), await resumed("?to=")];
  for (const client of none) await client.event("caught_up");
  await send(server, tenant, "live");
  await send(server, other, "foreign");
  await some.messageCount(2);
  expect(some.bodies).toEqual(["missed", "live"]);
  for (const client of none) {
    const beats = client.comments.length;
    await until("a later heartbeat", () => client.comments.length > beats);
    expect(client.events.map(({ event }) => event)).toEqual(["connected", "caught_up"]);
  }
});

test("a cursor behind which retention has removed something gets a gap and everything that is kept", async () => {
  const first = await startServer();
  const tenant = await addTenant(first.folder, "+14155550310");
  const live = await connect(first.url, { key: tenant.key });
  await send(first, tenant, "old one", "old two");
  await live.messageCount(2);
  await first.stop();
  const second = await startServer({
    folder: first.folder,
    telnyx: first.telnyx,
    env: { RETENTION_DAYS: "0.000001" },
  });
  const ids = live.events.map(({ id }) => id ?? "");
  const expired = await until("retention has been there", async () => {
    const client = await connect(second.url, { key: tenant.key, lastEventId: ids[1] ?? "" });
    // Retention may pass while it replays: then the stream ends, for the client to come back.
    await until("all or the end", () => client.of("caught_up")[0] ?? client.of("closing")[0]);
    return client.of("gap")[0] ? client : null;
  });
  expect(expired.events.map(({ event }) => event)).toEqual(["connected", "gap", "caught_up"]);
  const oldest = expired.events[0]?.id ?? "";
  expect(oldest).toBe(ids[2] as string);
  expect(expired.raw).toContain(`\n\nevent: gap\ndata: {"reason":"expired","oldest":"${oldest}"}\n\n`);
  await second.stop();
  const third = await startServer({ folder: first.folder, telnyx: first.telnyx });
  await send(third, tenant, "new");
  for (const lastEventId of ids.slice(0, 2))
    expect(await replayed(third, { key: tenant.key, lastEventId })).toEqual(["new"]);
  const kept = await replayedBy(third, { key: tenant.key, lastEventId: oldest });
  expect(kept.map(({ event }) => event)).toEqual(["connected", "sms_received", "caught_up"]);
});

/** A time after now. */
function later(): Promise<number> {
  const now = Date.now();
  return until("the clock moves on", () => (Date.now() > now + 1 ? Date.now() : null));
}
