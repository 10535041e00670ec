/**
 * What every engine below the service must do: called once for a file and once for a real sqld, so that a rule that
 * holds on one holds on the other.
 */
import { expect, test } from "bun:test";
import { align, knownNumbers } from "../../src/directory/align.ts";
import { createKey } from "../../src/keys/store.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import { Retention } from "../../src/messages/retention.ts";
import { allPages, api, bodiesOf } from "../harness/api.ts";
import { type TestService, type TestTenant, tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, sendWebhook, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { API_KEY, TelnyxStandin } from "../telnyx/standin/telnyx.ts";

export interface Engine {
  /** As DATABASE_URL takes it. */
  readonly url: string;
  /** Ends it without warning, and starts it again over what it kept. */
  readonly restart: () => Promise<void>;
}

const NUMBER = "+14155559999";

/** Declares the tests. Each has an engine of its own, with an empty database. */
export function engineContract(name: string, start: () => Promise<Engine>): void {
  const serviceOn = ({ url }: Pick<Engine, "url">, telnyx = telnyxKey()) =>
    testService({ config: { database: { url, authToken: null } }, telnyx });

  async function setUp(): Promise<{ engine: Engine; service: TestService; owner: TestTenant }> {
    const engine = await start();
    const service = await serviceOn(engine);
    return { engine, service, owner: await tenant(service, NUMBER) };
  }

  test(`${name}: a text is stored once, streamed live, replayed, and kept over a restart of the engine`, async () => {
    const { engine, service, owner } = await setUp();
    const { url, telnyx } = service;
    const live = await connect(url, { key: owner.key });
    expect(live.events[0]?.id).toMatch(/^[a-z0-9]{4,16}-0$/);
    const events = Array.from({ length: 20 }, (_, i) => smsEvent(NUMBER, `text ${i}`));
    for (const event of events) expect(await deliver(url, telnyx, event)).toBe("stored");
    for (const event of events) expect(await deliver(url, telnyx, event)).toBe("duplicate");
    expect(await deliver(url, telnyx, smsEvent("+14155550000", "for nobody"))).toBe("unrouted");
    expect(await deliver(url, telnyx, smsEvent(NUMBER, "for whom?", { to: [{}] }))).toBe("ignored");
    await live.messageCount(20);
    const resumed = await connect(url, { key: owner.key, lastEventId: live.of("sms_received")[4]?.id ?? "" });
    const replayed = await connect(url, { key: owner.key, query: "?since=1h" });
    await Promise.all([resumed.event("caught_up"), replayed.event("caught_up")]);
    expect(resumed.messages).toEqual(live.messages.slice(5));
    expect(replayed.of("sms_received")).toEqual(live.of("sms_received"));
    expect(replayed.bodies).toEqual(events.map(({ data }) => data.payload.text));
    const kept = await service.database.read("SELECT body FROM unreadable_events");
    expect(kept.rows).toHaveLength(1);

    await service.close();
    await engine.restart();
    const again = await serviceOn(engine, telnyx);
    const after = await connect(again.url, { key: owner.key, query: "?since=all" });
    await after.event("caught_up");
    expect(after.of("sms_received")).toEqual(live.of("sms_received"));
    expect(await deliver(again.url, telnyx, events[0])).toBe("duplicate");
  });

  test(`${name}: many webhooks at once are each one message, in one order for everybody`, async () => {
    const { service, owner } = await setUp();
    const live = await connect(service.url, { key: owner.key });
    const events = Array.from({ length: 300 }, (_, i) => smsEvent(NUMBER, `text ${i}`));
    const outcomes: string[] = [];
    // Bun has at most 256 requests of one process under way, and those to sqld are among them here.
    for (let at = 0; at < events.length; at += 100) {
      const some = events.slice(at, at + 100);
      const sends = [...some, ...some].map((event) => deliver(service.url, service.telnyx, event));
      outcomes.push(...(await Promise.all(sends)));
    }
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(300);
    await live.messageCount(300);
    const replayed = await connect(service.url, { key: owner.key, query: "?since=all" });
    await replayed.event("caught_up");
    expect(replayed.of("sms_received")).toEqual(live.of("sms_received"));
    expect(new Set(live.bodies).size).toBe(300);
  });

  test(`${name}: two services over one database tell their clients the same, and a key works in both`, async () => {
    const { engine, service, owner } = await setUp();
    const other = await serviceOn(engine, service.telnyx);
    const services = [service, other];
    const clients = await Promise.all(services.map(({ url }) => connect(url, { key: owner.key })));
    for (let i = 0; i < 30; i++) {
      const event = smsEvent(NUMBER, `text ${i}`);
      const outcomes = await Promise.all(services.map(({ url, telnyx }) => deliver(url, telnyx, event)));
      expect(outcomes.sort()).toEqual(["duplicate", "stored"]);
      for (const client of clients) await client.messageCount(i + 1, 2_000);
    }
    const [one, two] = clients;
    expect(one?.of("sms_received")).toEqual(two?.of("sms_received") ?? []);
    const wanted = {
      accountId: owner.accountId,
      scopes: ["sms:read"],
      name: "new",
      lifetimeMs: null,
    } as const;
    const { key } = await createKey(service.database, wanted, Date.now());
    const resumed = await connect(other.url, { key, lastEventId: one?.of("sms_received")[9]?.id ?? "" });
    await resumed.event("caught_up");
    expect(resumed.messages).toEqual(one?.messages.slice(10) ?? []);
  });

  test(`${name}: messages of a size that a server refuses in one answer are streamed and replayed all the same`, async () => {
    const { service, owner } = await setUp();
    const live = await connect(service.url, { key: owner.key });
    const body = "😀 large ".repeat(60_000);
    const sends = Array.from({ length: 24 }, (_, i) => {
      const event = smsEvent(NUMBER, `${i} ${body}`);
      // As Telnyx does: what a busy machine could not store in time is sent again.
      const sent = async () => (await sendWebhook(service.url, service.telnyx, event)).status === 200;
      return until("it is stored", sent, 30_000);
    });
    await Promise.all(sends);
    const replayed = await connect(service.url, { key: owner.key, query: "?since=all" });
    await Promise.all([live.messageCount(24, 30_000), replayed.event("caught_up", 30_000)]);
    expect(live.bodies.map((text) => String(text).length)).toEqual(
      replayed.bodies.map((text) => String(text).length),
    );
    expect(new Set(replayed.bodies.map((text) => String(text).split(" ")[0])).size).toBe(24);

    const fresh = await serviceOn(service.config.database, service.telnyx);
    const fromStore = await connect(fresh.url, { key: owner.key, query: "?since=all" });
    await fromStore.event("caught_up", 30_000);
    expect(fromStore.messages.map(({ message_id }) => message_id)).toEqual(
      replayed.messages.map(({ message_id }) => message_id),
    );
  });

  test(`${name}: pages, searches, waits and deletions are what was stored, found and removed`, async () => {
    const { service, owner } = await setUp();
    const other = await tenant(service, "+14155559998");
    const send = (to: string, text: string) => deliver(service.url, service.telnyx, smsEvent(to, text));
    const sent = Array.from({ length: 120 }, (_, i) => `text number${i} don't ${i % 2 ? "odd" : "even"}🤣`);
    await Promise.all(sent.map((text) => send(owner.number, text)));
    await send(other.number, "text of another");
    const bodies = async (query: string) =>
      bodiesOf(...(await allPages(service.url, owner.key, `/sms/messages?limit=25${query}`))).map(String);
    expect((await bodies("")).sort()).toEqual([...sent].sort());
    expect((await bodies("&q=text&order=asc")).sort()).toEqual([...sent].sort());
    expect((await bodies("&q=odd+don't+numb*")).length).toBe(60);
    expect(await bodies("&q=number7")).toEqual([String(sent[7])]);
    expect(await bodies("&q=another")).toEqual([]);
    expect(await bodies(`&to=${encodeURIComponent(other.number)}`)).toEqual([]);

    const { data } = await api(service.url, owner.key, "/sms/messages?q=number7");
    await deleteMessage(service.database, String(data[0]?.message_id), Date.now());
    expect(await bodies("&q=number7")).toEqual([]);
    expect((await bodies("&q=text")).length).toBe(119);

    const position = (await api(service.url, owner.key, "/sms/messages")).meta.position;
    const waits = api(service.url, owner.key, `/sms/messages/next?q=wait*&after=${position}`);
    await send(owner.number, "not this");
    await send(owner.number, "what it waited for: waiting");
    expect((await waits).data).toMatchObject({ body: "what it waited for: waiting" });
  });

  test(`${name}: what retention removed, or somebody deleted, is a duplicate when it comes again`, async () => {
    const { service } = await setUp();
    const { url, telnyx, database } = service;
    const payload = { subject: "the subject", media: [{ url: "https://media.example/a", size: 1 }] };
    const events = ["old", "deleted", "young"].map((text) => smsEvent(NUMBER, text, payload));
    for (const event of events) expect(await deliver(url, telnyx, event)).toBe("stored");
    const rows = async () =>
      (await database.read("SELECT message_id, body, subject FROM messages ORDER BY seq")).rows;
    await deleteMessage(database, String((await rows())[1]?.message_id), Date.now());
    await database.write(["UPDATE messages SET stored_at = stored_at - 172800000 WHERE body = 'old'"]);
    const clocks = { now: Date.now, monotonic: () => performance.now() };
    const retention = new Retention(database, 86_400_000, clocks);
    await until("there is no more to do", async () => !(await retention.step()));
    expect(await rows()).toMatchObject([{ body: "young", subject: "the subject" }]);
    for (const event of events) expect(await deliver(url, telnyx, event)).toBe("duplicate");
    expect(await rows()).toHaveLength(1);
  });

  test(`${name}: what Telnyx has and the database has not comes back once, by one process at a time`, async () => {
    const { service, owner } = await setUp();
    const telnyx = new TelnyxStandin();
    for (let i = 0; i < 5; i++)
      telnyx.lose({ to: NUMBER, body: `lost ${i}`, at: Date.now() - 3_600_000 + i });
    const expired = telnyx.lose({ to: NUMBER, isListed: false, isExpired: true, at: Date.now() - 1_800_000 });
    const { database } = service;
    await database.write([
      {
        sql: "INSERT INTO checkpoints (name, through) VALUES ('deliveries', ?)",
        args: [Date.now() - 7_200_000],
      },
    ]);
    const telnyxApi = { apiKey: API_KEY, baseUrl: telnyx.url, through: "" };
    const config = { telnyxApi, backfillMs: 100, database: service.config.database };
    const others = await Promise.all([testService({ config }), testService({ config })]);
    const live = await connect(service.url, { key: owner.key, query: "?since=all" });
    await live.messageCount(5);
    await until("it is remembered", async () => {
      const { rows } = await database.read("SELECT telnyx_id FROM unrecovered");
      return rows[0]?.telnyx_id === expired.id;
    });
    await until("three looks", () => telnyx.count("/webhook_deliveries") > 3);
    expect(live.bodies).toEqual(["lost 0", "lost 1", "lost 2", "lost 3", "lost 4"]);
    expect(telnyx.count("/messages/")).toBe(1);
    for (const other of others) await other.close();
    const { rows } = await database.read("SELECT count(*) AS n FROM checkpoints WHERE leased_until > 0");
    expect(Number(rows[0]?.n)).toBe(0);
  });

  test(`${name}: many numbers of an account change at once, and nobody else's`, async () => {
    const { service, owner } = await setUp();
    const { database } = service;
    const other = await tenant(service, "+14155559998");
    const asked = {
      added: ["+14155559991", other.number],
      activated: [],
      deactivated: [owner.number, other.number],
    };
    const now = Date.now();
    expect(await align(database, owner.accountId, asked, now)).toEqual({
      added: ["+14155559991"],
      activated: [],
      deactivated: [owner.number],
    });
    const known = await knownNumbers(database, owner.accountId, [other.number]);
    expect([...known.values()].map(({ number, isActive }) => [number, isActive])).toEqual([
      ["+14155559991", true],
      [other.number, true],
      [owner.number, false],
    ]);
    // An account that was deleted meanwhile gets nothing.
    const gone = await align(database, 99, { added: ["+14155559992"], activated: [], deactivated: [] }, now);
    expect(gone.added).toEqual([]);
  });
}
