/** The life of a key, as the streams that it opened see it. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../../harness/cli.ts";
import { addKey, addTenant, type Server, startServer } from "../../harness/server.ts";
import { connect, type StreamClient } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { ask } from "../stream/answers.ts";
import { send } from "../stream/texts.ts";

setDefaultTimeout(60_000);

/** A change of the directory reaches open streams within this. */
const REACHES_MS = 2_000;
/** What a busy machine may add to a time that was promised. */
const SLACK_MS = 700;

interface Key {
  readonly id: number;
  readonly key: string;
  readonly expires_at: string | null;
}

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

function run<T = unknown>(...args: string[]): Promise<T> {
  return inletJson<T>(server.folder, args);
}

/** A stream of this key is refused, fresh or resumed. */
async function expectUnauthorized(key: string, client: StreamClient): Promise<void> {
  const resume = { headers: { "last-event-id": client.lastEventId ?? "" } };
  for (const init of [{}, resume]) {
    const { status, error } = await ask(server.url, key, "/api/v1/sms/stream", init);
    expect([status, error.code]).toEqual([401, "unauthorized"]);
  }
}

test("a key works the moment it is made, while the server runs", async () => {
  const { accountId } = await addTenant(server.folder, "+14155550801");
  for (let i = 0; i < 5; i++) {
    const { key } = await addKey(server.folder, accountId);
    (await connect(server.url, { key })).close();
  }
});

test("a revoked key's streams end within two seconds, it opens no others, and other keys go on", async () => {
  const tenant = await addTenant(server.folder, "+14155550802");
  const { id, key } = await addKey(server.folder, tenant.accountId);
  const [other, ...revoked] = [
    await connect(server.url, { key: tenant.key }),
    await connect(server.url, { key }),
    await connect(server.url, { key, query: "?since=all" }),
  ];
  await send(server, tenant, "before");
  for (const client of [other, ...revoked]) await client.messageCount(1);
  await run("keys", "revoke", String(id));
  for (const client of revoked) await client.end(REACHES_MS);
  await send(server, tenant, "after");
  await other.messageCount(2);
  for (const client of revoked) {
    expect(client.bodies).toEqual(["before"]);
    expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "revoked" } });
    expect(client.raw).toMatch(
      /\n\nretry: (\d+)\nevent: closing\ndata: {"reason":"revoked","retry_ms":\1}\n\n$/,
    );
    await expectUnauthorized(key, client);
  }
  expect(other.ended).toBe(false);
});

test("a revoked key that is presented at once is refused, whatever the server remembers of it", async () => {
  const { accountId } = await addTenant(server.folder, "+14155550803");
  for (let i = 0; i < 3; i++) {
    const { id, key } = await addKey(server.folder, accountId);
    const client = await connect(server.url, { key });
    await run("keys", "revoke", String(id));
    await expectUnauthorized(key, client);
  }
});

test("a key that expires ends its streams then, and is refused from then on", async () => {
  const tenant = await addTenant(server.folder, "+14155550804");
  const { key, expires_at } = await run<Key>(
    ...["keys", "create", "--account", String(tenant.accountId), "--scope", "sms:read", "--expires", "2s"],
  );
  const client = await connect(server.url, { key });
  await send(server, tenant, "in time");
  await client.end();
  const late = Date.now() - Date.parse(expires_at ?? "");
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(SLACK_MS);
  expect(client.bodies).toEqual(["in time"]);
  expect(client.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "expired" } });
  await expectUnauthorized(key, client);
});

test("a rotated key works on for its grace; the new one takes over where the old one ended", async () => {
  const tenant = await addTenant(server.folder, "+14155550805");
  const old = await addKey(server.folder, tenant.accountId);
  const before = await connect(server.url, { key: old.key });
  const rotated = await run<Key>("keys", "rotate", String(old.id), "--grace", "2s");
  expect(rotated.key).not.toBe(old.key);
  const after = await connect(server.url, { key: rotated.key });
  await send(server, tenant, "for both");
  await before.messageCount(1);
  await after.messageCount(1);
  await before.end();
  expect(before.events.at(-1)).toMatchObject({ event: "closing", data: { reason: "expired" } });
  await expectUnauthorized(old.key, before);
  await send(server, tenant, "for the new one");
  await after.messageCount(2);
  const resumed = await connect(server.url, { key: rotated.key, lastEventId: before.lastEventId ?? "" });
  await resumed.event("caught_up");
  expect(resumed.bodies).toEqual(["for the new one"]);
});

test("an account that is deleted takes its keys along", async () => {
  const account = await run<{ id: number }>("accounts", "create", "--kind", "user", "--name", "short-lived");
  const { key } = await addKey(server.folder, account.id);
  const client = await connect(server.url, { key });
  await run("accounts", "delete", String(account.id));
  await client.end(REACHES_MS);
  await until("closing", () => client.of("closing")[0]?.data.reason === "revoked");
  await expectUnauthorized(key, client);
});
