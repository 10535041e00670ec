/** `GET …/messages/next` waits for the first match, from any point, without a hole and without a trace. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { addMember, removeMember } from "../../src/directory/members.ts";
import { createKey, revokeKey } from "../../src/keys/store.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import { type Answered, api } from "../harness/api.ts";
import { type TestService, type TestTenant, tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const NUMBER = "+14155559999";
const OTHER = "+14155559998";

async function setUp(config: Partial<TestService["config"]> = {}) {
  const service = await testService({ config });
  return { service, owner: await tenant(service, NUMBER) };
}

const next = (service: TestService, { key }: Pick<TestTenant, "key">, query: string, init?: RequestInit) =>
  api(service.url, key, `/sms/messages/next?${query}`, init);

const send = (service: TestService, text: string, to = NUMBER, from?: string) =>
  deliver(service.url, service.telnyx, smsEvent(to, text, from ? { from: { phone_number: from } } : {}));

const positionOf = ({ headers }: Answered) => headers.get("inlet-position") ?? "";

/** Resolves when so many requests wait: what is sent now is heard, and not found in the store. */
async function waiting(service: TestService, owner: TestTenant, count: number): Promise<void> {
  // A place is counted before anything else is looked at, and kept while it waits.
  await until(`${count} wait`, async () => {
    const { status } = await next(service, owner, "timeout=0");
    return status === 429;
  });
}

test("it answers with the first text that matches, and leaves the others out", async () => {
  const { service, owner } = await setUp({ maxStreamsPerKey: 3 });
  const asked = [
    next(service, owner, "q=code"),
    next(service, owner, `from=${encodeURIComponent("+13125550042")}&timeout=20`),
    next(service, owner, "q=TRÄ*+blau"),
  ];
  await waiting(service, owner, 3);
  await send(service, "hello");
  await send(service, "your Code is 1");
  await send(service, "your code is 2", NUMBER, "+13125550042");
  await send(service, "blau und tralala");
  const [byWord, bySender, byPrefix] = await Promise.all(asked);
  expect(byWord?.data).toMatchObject({ body: "your Code is 1", to: NUMBER });
  expect(bySender?.data).toMatchObject({ body: "your code is 2" });
  expect(byPrefix?.data).toMatchObject({ body: "blau und tralala" });
});

test("a place is counted as a stream, and given back when its client leaves or is answered", async () => {
  const { service, owner } = await setUp({ maxStreamsPerKey: 2 });
  const stream = await connect(service.url, { key: owner.key });
  const abort = new AbortController();
  const left = next(service, owner, "timeout=60", { signal: abort.signal }).catch(() => null);
  await waiting(service, owner, 1);
  const refused = await next(service, owner, "timeout=0");
  expect([refused.status, refused.error.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  abort.abort();
  await left;
  await until("its place is free", async () => (await next(service, owner, "timeout=0")).status === 204);
  stream.close();
});

test("without a match it answers 204, with the position to go on from", async () => {
  const { service, owner } = await setUp();
  const empty = await next(service, owner, "timeout=0.05");
  expect([empty.status, empty.text]).toEqual([204, ""]);
  expect(positionOf(empty)).toMatch(/^[a-z0-9]{4,16}-0$/);
  await send(service, "meanwhile");
  const found = await next(service, owner, `after=${positionOf(empty)}`);
  expect(found.data).toMatchObject({ body: "meanwhile" });
  expect(found.meta.position).toBe(positionOf(found));
  const after = await next(service, owner, `after=${positionOf(found)}&timeout=0.05`);
  expect([after.status, positionOf(after)]).toEqual([204, positionOf(found)]);
});

test("a loop sees each match once and in order, while others come and go and what is in memory is forgotten", async () => {
  const { service, owner } = await setUp();
  await tenant(service, OTHER);
  const count = 120;
  const start = positionOf(await next(service, owner, "timeout=0"));
  const sending = (async () => {
    for (let i = 0; i < count; i++) {
      await Promise.all([
        send(service, `wanted ${i}`),
        send(service, `noise ${i}`),
        send(service, `wanted ${i}`, OTHER),
      ]);
      if (i % 20 === 10) {
        const { data } = await api(service.url, owner.key, "/sms/messages?q=noise&limit=1");
        await deleteMessage(service.database, String(data[0]?.message_id), Date.now());
      }
    }
  })();
  const loop = async (filter: string) => {
    const seen: unknown[] = [];
    for (let position = start; seen.length < count; ) {
      const { status, data, headers } = await next(
        service,
        owner,
        `${filter}&after=${position}&timeout=0.01`,
      );
      expect([200, 204]).toContain(status);
      if (status === 200) seen.push(data.body);
      position = headers.get("inlet-position") ?? "";
    }
    return seen;
  };
  const [byWord, byNumber] = await Promise.all([
    loop("q=wanted"),
    loop(`q=want*&to=${encodeURIComponent(NUMBER)}`),
    sending,
  ]);
  const expected = Array.from({ length: count }, (_, i) => `wanted ${i}`);
  expect(byWord).toEqual(expected);
  expect(byNumber).toEqual(expected);
});

test("it starts from a time, and finds what another process stored before it came up", async () => {
  const { service, owner } = await setUp();
  await send(service, "first");
  await send(service, "second");
  const fresh = await testService({ config: { database: service.config.database } });
  for (const each of [service, fresh]) {
    expect((await next(each, owner, "since=all")).data).toMatchObject({ body: "first" });
    expect((await next(each, owner, "since=1h&q=second")).data).toMatchObject({ body: "second" });
    expect((await next(each, owner, "since=2099-01-01&timeout=0")).status).toBe(204);
  }
});

test("a key that is revoked or expires ends its wait", async () => {
  const { service, owner } = await setUp();
  const wanted = {
    accountId: owner.accountId,
    scopes: ["sms:read"],
    name: "short",
    lifetimeMs: 1_500,
  } as const;
  const short = await createKey(service.database, wanted, Date.now());
  const [revoked, expired] = [next(service, owner, "timeout=50"), next(service, short, "timeout=50")];
  const began = performance.now();
  await revokeKey(service.database, owner.keyId, Date.now());
  for (const answer of [await revoked, await expired])
    expect([answer.status, answer.error.code]).toEqual([401, "unauthorized"]);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test("a membership that changes reaches who waits", async () => {
  const { service } = await setUp();
  const user = await tenant(service, "+14155559990");
  const team = await tenant(service, "+14155559991", "team");
  const asked = next(service, user, "q=team&timeout=30");
  await addMember(service.database, team.accountId, user.accountId, Date.now());
  let sent = 0;
  const found = await Promise.race([
    asked,
    until("the team's texts are heard", async () => {
      await send(service, `team ${sent++}`, team.number);
      return (await Promise.race([asked, Bun.sleep(1)])) as Answered | undefined;
    }),
  ]);
  expect(String(found.data.body)).toStartWith("team ");
  const again = next(service, user, "q=team&timeout=3");
  await removeMember(service.database, team.accountId, user.accountId);
  await until("the key sees the team no more", async () => {
    const { data } = await api(service.url, user.key, "/me");
    return (data.teams as unknown[]).length === 0;
  });
  // The first of them may still have been on its way.
  await send(service, "team secret", team.number);
  const answer = await again;
  if (answer.status === 200) expect(answer.data.body).not.toBe("team secret");
});

test("a shutdown answers those who wait, with the position to go on from elsewhere", async () => {
  const { service, owner } = await setUp({ maxStreamsPerKey: 1 });
  const asked = next(service, owner, "timeout=60");
  await waiting(service, owner, 1);
  const closing = service.close();
  const answer = await asked;
  expect(answer.status).toBe(204);
  expect(positionOf(answer)).toMatch(/-0$/);
  await closing;
});

test("a HEAD is judged as a GET is, and does not wait", async () => {
  const { service, owner } = await setUp();
  const head = (key: string | null, query: string) =>
    api(service.url, key, `/sms/messages/next?${query}`, { method: "HEAD" });
  const answer = await head(owner.key, "timeout=100");
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(positionOf(answer)).not.toBe("");
  expect((await head(owner.key, "timeout=x")).status).toBe(400);
  expect((await head(null, "timeout=x")).status).toBe(401);
});

test("cursors that cannot be honoured, and other faults, are reported under the name of their parameter", async () => {
  const { service, owner } = await setUp();
  await send(service, "the first");
  const fields = async (query: string) => {
    const { status, error } = await next(service, owner, query);
    return status === 400 ? error.fields : undefined;
  };
  expect(await fields("after=zzzz-1")).toEqual({ after: expect.stringMatching(/^unknown_cursor: /) });
  expect(await fields("after=nonsense")).toEqual({ after: expect.stringMatching(/^unknown_cursor: /) });
  const { epoch } = await service.database.installation();
  expect(await fields(`after=${epoch}-999`)).toEqual({ after: expect.stringMatching(/^ahead: /) });
  await service.database.write([
    "UPDATE installation SET pruned_through = 5",
    "UPDATE sqlite_sequence SET seq = 9",
  ]);
  await until(
    "the position is known",
    async () => (await fields(`after=${epoch}-9&timeout=0`)) === undefined,
  );
  expect(await fields(`after=${epoch}-4`)).toEqual({
    after: expect.stringMatching(new RegExp(`^expired: .*${epoch}-5`)),
  });
  expect(Object.keys((await fields("timeout=121&to=x&from=&q=!&since=y")) ?? {}).sort()).toEqual([
    "from",
    "q",
    "since",
    "timeout",
    "to",
  ]);
  for (const timeout of ["-1", "1e1", "", "Infinity", "120.0000001"])
    expect(Object.keys((await fields(`timeout=${timeout}`)) ?? {})).toEqual(["timeout"]);
});
