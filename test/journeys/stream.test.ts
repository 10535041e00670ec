/** What the contract says of the stream's bytes, and of where a stream starts. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { connect, type StreamClient } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { replayed, replayedBy } from "./stream/replays.ts";
import { send } from "./stream/texts.ts";

setDefaultTimeout(60_000);

let server: Server;
let lastNumber = 4_155_550_200;

beforeAll(async () => {
  server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.5" } });
});

function newTenant(): Promise<Tenant> {
  return addTenant(server.folder, `+1${lastNumber++}`);
}

/** The texts that this server replays to a stream that is opened so. */
async function resumed({ key }: Tenant, query: string, lastEventId = ""): Promise<unknown[]> {
  const events = await replayedBy(server, { key, query, lastEventId });
  return events.filter(({ event }) => event === "sms_received").map(({ data }) => data.body);
}

function idOf(client: StreamClient, body: string): string {
  return client.of("sms_received").find(({ data }) => data.body === body)?.id ?? "";
}

function seqOf(id: string | undefined): number {
  return Number(id?.split("-")[1]);
}

function epochOf(id: string | undefined): string {
  return id?.split("-")[0] ?? "";
}

test.each(["/api/v1/sms/stream", "/v1/sms/stream"])(
  "the frames of %s are as promised, byte for byte",
  async (path) => {
    const { key, number, accountId } = await newTenant();
    const client = await connect(server.url, { key, path });
    await until("a heartbeat", () => client.comments.length > 0);
    const received_at = "2026-05-22T18:30:00.000Z";
    await deliver(server.url, server.telnyx, smsEvent(number, 'Hello "é"\n\r\u2028📨', { received_at }));
    await client.messageCount(1);
    await until("another heartbeat", () => client.comments.length > 1);
    const [connected, received] = client.events;
    const { clientId, timestamp } = connected?.data ?? {};
    const { message_id } = received?.data ?? {};
    const from = "+13125550001";
    const data = JSON.stringify({ message_id, from, to: number, body: 'Hello "é"\n\r\u2028📨', received_at });
    expect(client.raw).toContain("}\n\n: heartbeat\n\n");
    expect(client.raw.replaceAll(": heartbeat\n\n", "")).toBe(
      `retry: 2000\nid: ${connected?.id}\nevent: connected\ndata: {"clientId":"${clientId}","timestamp":${timestamp}}\n\n` +
        `id: ${received?.id}\nevent: sms_received\ndata: ${data}\n\n`,
    );
    expect(clientId).toMatch(new RegExp(`^sms-${accountId}-${timestamp}-[a-z0-9]{7}$`));
    expect(message_id).toMatch(/^msg_/);
    expect(connected?.id).toMatch(/^[a-z0-9]{4,16}-(0|[1-9][0-9]{0,14})$/);
    expect(seqOf(received?.id)).toBeGreaterThan(seqOf(connected?.id));
    const { headers, status } = client.response;
    expect([
      status,
      headers.get("content-type"),
      headers.get("cache-control"),
      headers.get("x-accel-buffering"),
    ]).toEqual([200, "text/event-stream", "no-cache, no-transform", "no"]);
  },
);

test("a client that dropped right after connected gets what came in between, then caught_up, then live", async () => {
  const tenant = await newTenant();
  const before = await connect(server.url, { key: tenant.key });
  before.close();
  await send(server, tenant, "missed one", "missed two");
  const lastEventId = before.lastEventId ?? "";
  const after = await connect(server.url, { key: tenant.key, lastEventId });
  await after.event("caught_up");
  await send(server, tenant, "live");
  await after.messageCount(3);
  expect(after.events.map(({ event }) => event)).toEqual([
    "connected",
    "sms_received",
    "sms_received",
    "caught_up",
    "sms_received",
  ]);
  expect(after.bodies).toEqual(["missed one", "missed two", "live"]);
  const [connected, , second, caughtUp] = after.events;
  expect(connected?.id).toBe(lastEventId);
  expect(caughtUp?.id).toBe(second?.id as string);
  expect(Object.keys(caughtUp?.data ?? {})).toEqual(["timestamp"]);
});

test("a message is the same, letter for letter, live, from memory and from the store", async () => {
  const { key, number } = await newTenant();
  const client = await connect(server.url, { key });
  const media = [{ url: "https://example.com/a.png", content_type: "image/png", size: 12, sha256: "x" }];
  const mms = { type: "MMS", media, cc: [{ phone_number: "+14155550299" }], is_spam: true };
  const text = "NUL \0, half a pair \ud83d, end";
  await deliver(server.url, server.telnyx, smsEvent(number, text, mms));
  await deliver(server.url, server.telnyx, smsEvent(number, "stop", { autoresponse_type: "STOP" }));
  await client.messageCount(2);
  const [full, stop] = client.messages;
  expect(full).toMatchObject({
    body: "NUL \ufffd, half a pair \ufffd, end",
    cc: ["+14155550299"],
    spam: true,
  });
  expect(full?.media).toEqual([{ url: "https://example.com/a.png", content_type: "image/png", size: 12 }]);
  expect(stop?.keyword).toBe("STOP");
  const shown = (messages: unknown[]) => messages.map((message) => JSON.stringify(message));
  const lastEventId = client.events[0]?.id ?? "";
  const again = await replayedBy(server, { key, lastEventId });
  expect(shown(again.flatMap(({ event, data }) => (event === "sms_received" ? [data] : [])))).toEqual(
    shown(client.messages),
  );
  expect(await replayed(server, { key, lastEventId })).toEqual(client.bodies);
});

test("a client resumes by header or by query, the header before the query, both before since", async () => {
  const tenant = await newTenant();
  const live = await connect(server.url, { key: tenant.key });
  await send(server, tenant, "one", "two", "three");
  await live.messageCount(3);
  const [one, two] = [idOf(live, "one"), idOf(live, "two")];
  expect(await resumed(tenant, "", one)).toEqual(["two", "three"]);
  expect(await resumed(tenant, `?last_event_id=${one}`)).toEqual(["two", "three"]);
  expect(await resumed(tenant, `?lastEventId=${two}`)).toEqual(["three"]);
  expect(await resumed(tenant, `?last_event_id=${one}`, two)).toEqual(["three"]);
  expect(await resumed(tenant, "?since=all", two)).toEqual(["three"]);
  expect(await resumed(tenant, `?since=garbage&last_event_id=${two}`)).toEqual(["three"]);
  expect(await resumed(tenant, "?since=all")).toEqual(["one", "two", "three"]);
  expect(await resumed(tenant, `?last_event_id=&lastEventId=${two}`)).toEqual(["three"]);
});

test("an empty id is not an id: the client is fresh, and a fresh client gets no caught_up", async () => {
  const tenant = await newTenant();
  await send(server, tenant, "before");
  const options = { key: tenant.key, lastEventId: "", query: "?last_event_id=&lastEventId=&unknown=1" };
  const client = await connect(server.url, options);
  await send(server, tenant, "after");
  await client.messageCount(1);
  expect(client.events.map(({ event }) => event)).toEqual(["connected", "sms_received"]);
  expect(client.bodies).toEqual(["after"]);
});

test.each(["garbage", "zzzzzz-1", "-1", "k3f9-01", "k3f9-1234567890123456"])(
  "the cursor %s is not one of ours: a gap, and live from the newest position",
  async (lastEventId) => {
    await expectGap("unknown_cursor", () => lastEventId);
  },
);

test("a cursor that the database never reached is ahead: a gap, and live from the newest position", async () => {
  await expectGap("ahead", (newest) => `${epochOf(newest)}-${seqOf(newest) + 1_000}`);
});

async function expectGap(reason: string, cursor: (newest: string) => string): Promise<void> {
  const tenant = await newTenant();
  const before = await connect(server.url, { key: tenant.key });
  await send(server, tenant, "kept");
  await before.messageCount(1);
  const newest = before.lastEventId ?? "";
  const client = await connect(server.url, { key: tenant.key, lastEventId: cursor(newest) });
  await send(server, tenant, "live");
  await client.messageCount(1);
  const [connected, gap] = client.events;
  expect(client.events.map(({ event }) => event)).toEqual(["connected", "gap", "sms_received"]);
  expect(connected?.id).toBe(newest);
  const oldest = String(gap?.data.oldest);
  expect(client.raw).toContain(`\n\nevent: gap\ndata: {"reason":"${reason}","oldest":"${oldest}"}\n\n`);
  expect(client.bodies).toEqual(["live"]);
  expect(await replayed(server, { key: tenant.key, lastEventId: oldest })).toEqual(["kept", "live"]);
}
