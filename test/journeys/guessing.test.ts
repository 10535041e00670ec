/** Strangers: how fast they may guess keys, what they may write into the log, and what that costs everybody else. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { generateKey } from "../../src/keys/key.ts";
import { startSqld } from "../database/sqld.ts";
import { inletJson } from "../harness/cli.ts";
import { addKey, addTenant, startServer } from "../harness/server.ts";
import { connect, openStream } from "../harness/stream.ts";
import { deliver, signedHeaders, smsEvent, telnyxKey } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);

const STREAM = "/api/v1/sms/stream";
/** Failures that an address may have at once. */
const BURST = 60;

/** How often a status was answered to `count` requests, one after the other. */
async function statuses(count: number, request: () => Promise<Response>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  for (let i = 0; i < count; i++) {
    const response = await request();
    seen[response.status] = (seen[response.status] ?? 0) + 1;
    await response.body?.cancel();
  }
  return seen;
}

function guess(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${STREAM}`, { headers: { authorization: `Bearer ${generateKey()}`, ...headers } });
}

test("keys are guessed sixty times, and then refused unseen; a key that has worked goes on", async () => {
  const server = await startServer();
  const tenant = await addTenant(server.folder, "+14155551201");
  const late = await addKey(server.folder, tenant.accountId);
  const client = await connect(server.url, { key: tenant.key });
  const seen = await statuses(100, () => guess(server.url));
  expect(seen[401]).toBeWithin(BURST, BURST + 5);
  expect((seen[401] ?? 0) + (seen[429] ?? 0)).toBe(100);
  const refused = await guess(server.url);
  expect(await refused.json()).toEqual({ error: { code: "rate_limited", message: expect.any(String) } });
  expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 3);

  // Also after a change of the directory, which has every key looked up again.
  await inletJson(server.folder, ["numbers", "deactivate", tenant.number]);
  await inletJson(server.folder, ["numbers", "activate", tenant.number]);
  const again = await connect(server.url, { key: tenant.key, lastEventId: client.lastEventId ?? "" });
  await deliver(server.url, server.telnyx, smsEvent(tenant.number, "hello"));
  await again.messageCount(1);
  // One that is new here has to wait with the guessers: fresh by 429, and back again on a 200.
  await statuses(5, () => guess(server.url));
  expect((await openStream(server.url, { key: late.key })).response.status).toBe(429);
  const waiting = await openStream(server.url, { key: late.key, lastEventId: client.lastEventId ?? "" });
  await waiting.end();
  expect([waiting.response.status, waiting.events.at(-1)?.data.reason]).toEqual([200, "overloaded"]);
  // Whoever shows nothing guesses nothing.
  expect(await statuses(3, () => fetch(`${server.url}${STREAM}`))).toEqual({ 401: 3 });
  expect(server.log().split("too many authentications fail").length).toBe(2);
  await server.stop();
});

test("tickets, and what has the form of neither, count alike", async () => {
  const server = await startServer();
  const seen = await statuses(40, () => fetch(`${server.url}${STREAM}?ticket=${`ticket_${"0".repeat(32)}`}`));
  expect(seen).toEqual({ 401: 40 });
  const more = await statuses(40, () =>
    fetch(`${server.url}/v1/sms/stream/tickets`, { method: "POST", headers: { authorization: "Bearer x" } }),
  );
  expect(more[401]).toBeWithin(20, 25);
  await server.stop();
});

test("behind a proxy that is believed, one client's guesses are not another's", async () => {
  const server = await startServer({ env: { TRUST_PROXY: "127.0.0.0/8" } });
  const { key } = await addTenant(server.folder, "+14155551202");
  const from = (address: string) => ({ "x-forwarded-for": `192.0.2.77, ${address}` });
  expect((await statuses(70, () => guess(server.url, from("2001:db8::1"))))[429]).toBeGreaterThan(0);
  expect((await guess(server.url, from("2001:db8::ffff"))).status).toBe(429);
  expect((await guess(server.url, from("2001:db8:0:1::1"))).status).toBe(401);
  const headers = { authorization: `Bearer ${key}`, ...from("198.51.100.1") };
  const ok = await fetch(`${server.url}${STREAM}`, { headers });
  expect(ok.status).toBe(200);
  await ok.body?.cancel();
  await server.stop();
});

test("a forged header helps nobody where no proxy is believed, and the log says what may be missing", async () => {
  const server = await startServer();
  let i = 0;
  const seen = await statuses(100, () => guess(server.url, { "x-forwarded-for": `192.0.2.${i++}` }));
  expect(seen[429]).toBeGreaterThan(30);
  expect(server.log()).toContain('"hint":"TRUST_PROXY is not set"');
  await server.stop();
});

test("on a database across a network many keys at once are looked up, and guesses at once are paid for", async () => {
  const sqld = await startSqld();
  const env = { DATABASE_URL: sqld.url };
  const server = await startServer({ env });
  const account = await inletJson<{ id: number }>(
    server.folder,
    ["accounts", "create", "--kind", "user", "--name", "many"],
    env,
  );
  const keys: string[] = [];
  for (let i = 0; i < 8; i++) {
    const args = ["keys", "create", "--account", String(account.id), "--scope", "sms:read"];
    keys.push((await inletJson<{ key: string }>(server.folder, args, env)).key);
  }
  const clients = await Promise.all(keys.map((key) => connect(server.url, { key })));
  for (const client of clients) client.close();
  await Promise.all(Array.from({ length: 200 }, async () => (await guess(server.url)).body?.cancel()));
  const refused = await guess(server.url);
  expect(refused.status).toBe(429);
  await server.stop();
  await sqld.kill();
});

test("a flood of webhooks that are not Telnyx's writes a line or two, and a genuine one is taken", async () => {
  const server = await startServer();
  const { number } = await addTenant(server.folder, "+14155551203");
  const body = JSON.stringify(smsEvent(number, "forged"));
  const forged = signedHeaders(telnyxKey(), body);
  const seen = await statuses(300, () =>
    fetch(`${server.url}/webhooks/telnyx`, {
      method: "POST",
      body,
      headers: Math.random() < 0.5 ? forged : {},
    }),
  );
  expect(seen).toEqual({ 401: 300 });
  await statuses(100, () => guess(server.url));
  expect(await deliver(server.url, server.telnyx, smsEvent(number, "genuine"))).toBe("stored");
  expect(server.log().split("a webhook was refused").length).toBe(2);
  await server.stop();
});
