/** What may pass with a canary's signature, and what never does: a way in that is open for one text to nobody. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { liveCanaries, plantCanary, removeCanary, sweepCanaries } from "../../src/messages/canaries.ts";
import { CanaryGate } from "../../src/telnyx/canarygate.ts";
import { telnyxPublicKey } from "../../src/telnyx/signature.ts";
import { Verifier } from "../../src/telnyx/verifier.ts";
import { tenant, testService } from "../harness/service.ts";
import { sendWebhook, signedHeaders, smsEvent, telnyxKey } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);

const NUMBER = "+14155550177";
const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

const service = await testService();
const { database, url } = service;
const owner = await tenant(service, NUMBER);

async function planted() {
  const key = telnyxKey();
  const canary = await plantCanary(database, key.publicKey);
  const status = async (event: unknown, by = key) => (await sendWebhook(url, by, event)).status;
  return { key, canary, status };
}

test("one text to its own number passes, once", async () => {
  const { canary, key } = await planted();
  const event = smsEvent(canary.recipient, "hello");
  const outcomes: unknown[] = [];
  for (let i = 0; i < 2; i++) outcomes.push(await (await sendWebhook(url, key, event)).json());
  expect(outcomes).toEqual([{ data: { outcome: "stored" } }, { data: { outcome: "duplicate" } }]);
  await removeCanary(database, canary);
  expect((await sendWebhook(url, key, event)).status).toBe(401);
});

test("nothing else passes with its signature", async () => {
  const { canary, status, key } = await planted();
  const { recipient } = canary;
  const both = smsEvent(recipient, "x", { to: [{ phone_number: recipient }, { phone_number: NUMBER }] });
  const picture = { media: [{ url: "https://example.com/x.png" }] };
  for (const [what, event] of Object.entries({
    "a tenant's number": smsEvent(NUMBER, "x"),
    "two recipients": both,
    "another canary's form": smsEvent("+999000000000000", "x"),
    "a picture": smsEvent(recipient, "x", picture),
    "a copy to others": smsEvent(recipient, "x", { cc: [{ phone_number: NUMBER }] }),
    "a large one": smsEvent(recipient, "x".repeat(2_000)),
    "no message": { data: { event_type: "message.finalized" } },
    "no recipient": smsEvent(recipient, "x", { to: [] }),
    "no JSON": "{",
  }))
    expect(`${what}: ${await status(event)}`).toBe(`${what}: 401`);
  expect(await status(smsEvent(recipient, "x"), telnyxKey())).toBe(401);
  const body = JSON.stringify(smsEvent(recipient, "x"));
  const old = signedHeaders(key, body, Date.now() - 301_000);
  expect((await fetch(`${url}/webhooks/telnyx`, { method: "POST", headers: old, body })).status).toBe(401);
  expect(await status(smsEvent(recipient, "x"))).toBe(200);
  await removeCanary(database, canary);
  const { rows } = await database.read(`SELECT count(*) AS n FROM messages`);
  expect(rows[0]?.n).toBe(0);
});

test("one whose time is over is trusted no more, and one that was put there by other hands never", async () => {
  const set = async (change: string, accountId: number) => {
    await database.write([{ sql: `UPDATE canaries SET ${change} WHERE account_id = ?`, args: [accountId] }]);
  };
  for (const change of [
    `expires_at = ${NOW}`,
    `expires_at = ${NOW} + 61000`,
    `recipient = '${NUMBER}'`,
    "recipient = '+99900'",
    "public_key = 'no key'",
    `account_id = ${owner.accountId}`,
  ]) {
    const { canary, status } = await planted();
    await set(change, canary.accountId);
    expect(`${change}: ${await status(smsEvent(canary.recipient, "x"))}`).toBe(`${change}: 401`);
    expect(`${change}: ${await status(smsEvent(NUMBER, "x"))}`).toBe(`${change}: 401`);
    await removeCanary(database, canary);
    await database.write(["DELETE FROM canaries"]);
  }
});

test("sweeping takes what is over and what has gone astray, and nobody's account, number, key or message", async () => {
  const { canary, status } = await planted();
  expect(await status(smsEvent(canary.recipient, "x"))).toBe(200);
  const counts = async () => {
    const { rows } = await database.read(`SELECT (SELECT count(*) FROM accounts) AS accounts,
      (SELECT count(*) FROM numbers) AS numbers, (SELECT count(*) FROM keys) AS keys,
      (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM canaries) AS canaries`);
    return Object.values(rows[0] ?? {}).join(" ");
  };
  await sweepCanaries(database);
  expect(await counts()).toBe("2 2 3 1 1");
  await database.write([
    `UPDATE canaries SET expires_at = 1`,
    { sql: "INSERT INTO canaries VALUES (?, 'x', ?, 1)", args: [owner.accountId, NUMBER] },
  ]);
  await sweepCanaries(database);
  expect(await counts()).toBe("1 1 1 0 0");
  // It was stored when its canary had been removed already.
  await database.write([
    `INSERT INTO messages (message_id, telnyx_id, "from", "to", received_at, stored_at, body)
      VALUES ('msg_1', 'x', 'x', '${canary.recipient}', 1, ${NOW} - 121000, 'x'), ('msg_2', 'x', 'x', '${NUMBER}', 1, 1, 'x')`,
  ]);
  await sweepCanaries(database);
  const { rows } = await database.read("SELECT message_id FROM messages");
  expect(rows.map((row) => row.message_id)).toEqual(["msg_2"]);
});

test("a server without a public key takes nothing by it", async () => {
  const closed = await testService({ config: { telnyxPublicKeys: [] } });
  const key = telnyxKey();
  const { recipient } = await plantCanary(closed.database, key.publicKey);
  expect((await sendWebhook(closed.url, key, smsEvent(recipient, "x"))).status).toBe(503);
});

test("a thousand forged webhooks share a few looks into the database, and one that hangs holds none up", async () => {
  let reads = 0;
  const verifier = new Verifier([telnyxPublicKey(telnyxKey().publicKey)]);
  const gate = new CanaryGate((statement) => {
    reads++;
    return database.read(statement);
  }, verifier);
  const body = Buffer.from(JSON.stringify(smsEvent(NUMBER, "x")));
  const { "telnyx-signature-ed25519": signature = "", "telnyx-timestamp": timestamp = "" } = signedHeaders(
    telnyxKey(),
    body,
  );
  const forged = Array.from({ length: 1_000 }, () => gate.admits({ signature, timestamp }, body));
  expect(new Set(await Promise.all(forged))).toEqual(new Set([false]));
  expect(reads).toBeLessThan(5);
  const hanging = new CanaryGate(() => new Promise(() => undefined), verifier);
  expect(await hanging.admits({ signature, timestamp }, body)).toBe(false);
  expect(await liveCanaries(database.read)).toEqual([]);
});
