/** How a ticket's streams end, how many it holds, and where it must not be found. */
import { Database } from "bun:sqlite";
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { inletJson } from "../../harness/cli.ts";
import { addKey, addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { connect, openStream } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { ask } from "../stream/answers.ts";
import { send } from "../stream/texts.ts";
import { issue, REACHES_MS, STREAM, secondsLeft, TICKETS, withTicket } from "./issuing.ts";

setDefaultTimeout(60_000);

/** What a busy machine may add to a time that was promised. */
const SLACK_MS = 700;
const MAX_STREAMS = 10;

let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer({ env: { LOG_LEVEL: "trace" } });
  tenant = await addTenant(server.folder, "+14155550911");
});

test("a ticket holds ten streams: a fresh client more is told 429, one that comes back waits on a 200", async () => {
  const { key } = await addKey(server.folder, tenant.accountId);
  const { ticket } = await issue(server, key);
  const streams = await Promise.all(
    Array.from({ length: MAX_STREAMS }, () => connect(server.url, withTicket(ticket))),
  );
  const { status, headers, error } = await ask(server.url, null, `${STREAM}?ticket=${ticket}`);
  expect([status, error.code, headers.get("retry-after")]).toEqual([429, "rate_limited", "10"]);
  const lastEventId = streams[0]?.lastEventId ?? "";
  const waiting = await openStream(server.url, { ...withTicket(ticket), lastEventId });
  await waiting.end();
  expect([waiting.response.status, waiting.of("closing")[0]?.data.reason]).toEqual([200, "overloaded"]);
  const other = await connect(server.url, withTicket((await issue(server, key)).ticket));
  streams[0]?.close();
  const next = await until("there is room again", async () => {
    const client = await openStream(server.url, withTicket(ticket));
    return client.response.status === 200 ? client : null;
  });
  for (const client of [...streams, other, next]) client.close();
});

test("its streams end when it expires, and it opens none any more", async () => {
  const issued = await issue(server, tenant.key, { ttl_seconds: 1 });
  const client = await connect(server.url, withTicket(issued.ticket));
  await send(server, tenant, "in time");
  await client.end();
  expect(-secondsLeft(issued) * 1000).toBeWithin(0, SLACK_MS);
  expect(client.bodies).toEqual(["in time"]);
  expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "expired" } });
  await expectUnauthorized(issued.ticket, client.lastEventId);
});

test("it dies with its key, and the streams of others go on", async () => {
  const { id, key } = await addKey(server.folder, tenant.accountId);
  const { ticket } = await issue(server, key);
  const client = await connect(server.url, withTicket(ticket));
  const other = await connect(server.url, withTicket((await issue(server, tenant.key)).ticket));
  await inletJson(server.folder, ["keys", "revoke", String(id)]);
  await client.end(REACHES_MS);
  expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "revoked" } });
  await expectUnauthorized(ticket, client.lastEventId);
  expect(other.ended).toBe(false);
});

test("a key that expires before its ticket takes the ticket along", async () => {
  const { key } = await addKey(server.folder, tenant.accountId, "--expires", "2s");
  const { ticket } = await issue(server, key);
  const client = await connect(server.url, withTicket(ticket));
  await client.end();
  expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "expired" } });
  await expectUnauthorized(ticket, client.lastEventId);
});

/** Fresh or resumed. */
async function expectUnauthorized(ticket: string, lastEventId = ""): Promise<void> {
  for (const headers of [{}, { "last-event-id": lastEventId }]) {
    const { status, error } = await ask(server.url, null, `${STREAM}?ticket=${ticket}`, { headers });
    expect([status, error.code]).toEqual([401, "unauthorized"]);
  }
}

test("neither the log nor the database holds a ticket, and a key makes only so many at a time", async () => {
  const { key } = await addKey(server.folder, tenant.accountId);
  const { ticket } = await issue(server, key);
  const statuses = await Promise.all(
    Array.from({ length: 150 }, async () => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${server.url}${TICKETS}`, { method: "POST", headers })).status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([201, 429]));
  expect(statuses.filter((status) => status === 201).length).toBeWithin(99, 130);
  await connect(server.url, withTicket(ticket));
  expect(server.log()).toContain("stream opened");
  expect(server.log()).not.toContain("ticket_");
  const database = new Database(join(server.folder, "inlet.db"), { readonly: true });
  const rows = database.query("SELECT * FROM tickets").all();
  database.close();
  expect(rows.length).toBeGreaterThan(100);
  expect(JSON.stringify(rows)).not.toContain("ticket_");
});
