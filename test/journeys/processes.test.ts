/** Two processes over one file: a client may come to either at any time, and no stream is the worse for it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../harness/cli.ts";
import { addKey, addTenant, type Server, startServer } from "../harness/server.ts";
import { connect, type Received } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);
const LONG_MS = 50_000;
const TEAMS = 3;
const SENDERS = 6;
const VISITS = 25;
const WANDERERS = 3;

interface Place {
  readonly servers: readonly [Server, Server];
  /** Of a user in several teams. */
  readonly key: string;
  /** One of the user's, one of each team's. */
  readonly visible: readonly string[];
  /** Of an account that the key does not see. */
  readonly hidden: string;
}

async function twoServers(): Promise<Place> {
  const first = await startServer();
  const { folder } = first;
  const user = await addTenant(folder, "+14155550000");
  const hidden = await addTenant(folder, "+14155559000");
  const visible = [user.number];
  for (let i = 1; i <= TEAMS; i++) {
    const team = await addTenant(folder, `+1415555000${i}`, "team");
    const members = ["--team", String(team.accountId), "--user", String(user.accountId)];
    await inletJson(folder, ["members", "add", ...members]);
    visible.push(team.number);
  }
  const { key } = await addKey(folder, user.accountId);
  const second = await startServer({ folder, telnyx: first.telnyx });
  return { servers: [first, second], key, visible, hidden: hidden.number };
}

const either = <T>([one, other]: readonly [T, T]): T => (Math.random() < 0.5 ? one : other);
const seqOf = ({ id }: Received) => Number(id?.split("-")[1]);

/** Constant traffic through both processes until `over`. Resolves to the texts that the key may see. */
async function traffic({ servers, visible, hidden }: Place, over: () => boolean): Promise<string[]> {
  const texts: string[] = [];
  const numbers = [...visible, hidden];
  const send = async (sender: number) => {
    for (let n = 0; !over(); n++) {
      const to = numbers[(sender + n) % numbers.length] ?? hidden;
      const text = `${sender}:${n}`;
      const event = smsEvent(to, text);
      // Telnyx sends some twice, to its fail-over URL: the other process.
      const copies = n % 5 === 0 ? [servers[0], servers[1]] : [either(servers)];
      const outcomes = await Promise.all(copies.map(({ url, telnyx }) => deliver(url, telnyx, event)));
      expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1);
      if (to !== hidden) texts.push(text);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  return texts;
}

/** A client that comes to either process, stays for some messages or none, and comes back with its last id. */
async function wander({ servers, key }: Place, visits: number): Promise<Received[]> {
  const got: Received[] = [];
  let lastEventId: string | undefined;
  for (let visit = 0; visit < visits; visit++) {
    const { url } = either(servers);
    const client = await connect(url, { key, ...(lastEventId ? { lastEventId } : { query: "?since=all" }) });
    expect(client.of("gap")).toEqual([]);
    const [connected] = client.events;
    if (lastEventId) expect(connected?.id).toBe(lastEventId);
    const stays = Math.floor(Math.random() * 40);
    await until("it has got some", () => client.events.length > stays, LONG_MS);
    client.close();
    await client.end();
    got.push(...client.events);
    lastEventId = client.lastEventId;
  }
  const last = await connect(either(servers).url, { key, lastEventId: lastEventId ?? "" });
  await last.event("caught_up");
  return [...got, ...last.events];
}

test("a client that alternates between the two loses nothing, doubles nothing, and never goes back", async () => {
  const place = await twoServers();
  const stay = await Promise.all(place.servers.map(({ url }) => connect(url, { key: place.key })));
  let over = false;
  const sending = traffic(place, () => over);
  const leaving = Array.from({ length: WANDERERS }, () => wander(place, VISITS));
  await Promise.all(leaving);
  // The last visits were under traffic; what came after them is nobody's business but the streams that stayed.
  over = true;
  const texts = await sending;
  const complete = await connect(place.servers[0].url, { key: place.key, query: "?since=all" });
  await complete.event("caught_up");
  expect([...complete.bodies].sort()).toEqual([...texts].sort());

  for (const client of stay) {
    await client.messageCount(texts.length);
    expect(client.of("sms_received")).toEqual(complete.of("sms_received"));
  }
  for (const got of await Promise.all(leaving)) {
    const seqs = got.map(seqOf);
    expect(seqs.every((seq, i) => seq >= (seqs[i - 1] ?? 0))).toBe(true);
    const messages = got.filter(({ event }) => event === "sms_received");
    expect(messages).toEqual(complete.of("sms_received").slice(0, messages.length));
    const newest = got.at(-1);
    const through = newest ? seqOf(newest) : 0;
    expect(complete.of("sms_received").filter((message) => seqOf(message) <= through)).toEqual(messages);
  }
});

test("a message accepted by one process is on the streams of the other within two seconds", async () => {
  const { servers, key, visible } = await twoServers();
  const clients = await Promise.all(servers.map(({ url }) => connect(url, { key })));
  for (let i = 0; i < 20; i++) {
    const { url, telnyx } = servers[i % 2] ?? servers[0];
    await deliver(url, telnyx, smsEvent(visible[i % visible.length] ?? "", `text ${i}`));
    for (const client of clients) await client.messageCount(i + 1, 2_000);
  }
  const expected = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  for (const client of clients) expect(client.bodies).toEqual(expected);
});

test("a cursor that one process has just given is never ahead of the other", async () => {
  const { servers, key, visible } = await twoServers();
  const [one, other] = servers;
  const client = await connect(one.url, { key });
  for (let i = 1; i <= 40; i++) {
    await deliver(one.url, one.telnyx, smsEvent(visible[0] ?? "", `text ${i}`));
    await client.messageCount(i);
    const resumed = await connect(other.url, { key, lastEventId: client.lastEventId ?? "" });
    const caughtUp = await resumed.event("caught_up");
    expect(resumed.events.map(({ event }) => event)).toEqual(["connected", "caught_up"]);
    expect(caughtUp.id).toBe(client.lastEventId);
    resumed.close();
  }
});

test("when one process is killed its clients go on at the other, with everything", async () => {
  const place = await twoServers();
  const [one, other] = place.servers;
  const client = await connect(one.url, { key: place.key });
  const texts = Array.from({ length: 60 }, (_, i) => `text ${i}`);
  for (const [i, text] of texts.entries()) {
    const { url, telnyx } = i < 30 ? one : other;
    expect(await deliver(url, telnyx, smsEvent(place.visible[i % 4] ?? "", text))).toBe("stored");
    if (i === 29) {
      await one.kill();
      await client.end();
    }
  }
  const resumed = await connect(other.url, { key: place.key, lastEventId: client.lastEventId ?? "" });
  await resumed.event("caught_up");
  expect([...client.bodies, ...resumed.bodies]).toEqual(texts);
});
