/** The page's own client of the stream, against the real service: every message, in order, once. */
import { expect, test } from "bun:test";
import type { Connection, Gap } from "../../../src/console/page/connection.ts";
import { Stream } from "../../../src/console/page/stream.ts";
import { revokeKey } from "../../../src/keys/store.ts";
import { atTheEnd } from "../../harness/cleanup.ts";
import { type TestService, tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";

interface Given {
  readonly key: string;
  readonly after?: string | null;
  readonly heartbeatMs?: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

function follow(url: string, { key, after = null, heartbeatMs = 30_000, fetch }: Given) {
  const bodies: string[] = [];
  const states: string[] = [];
  const gaps: Gap[] = [];
  const cursors: string[] = [];
  let last: Connection = { kind: "connecting" };
  let heartbeats = 0;
  const options = { url: `${url}/api/v1/sms/stream`, key, after, heartbeatMs, random: () => 0 };
  const stream = new Stream(fetch ? { ...options, fetch } : options, {
    onMessage: ({ body }) => bodies.push(body),
    onConnection: (connection) => {
      last = connection;
      if (states.at(-1) !== connection.kind) states.push(connection.kind);
    },
    onGap: (gap) => gaps.push(gap),
    onCursor: (cursor) => cursors.push(cursor),
    onHeartbeat: () => heartbeats++,
  });
  atTheEnd(() => stream.stop());
  const ended = stream.run();
  const becomes = (kind: Connection["kind"]) => until(`the state ${kind}`, () => last.kind === kind);
  return {
    stream,
    bodies,
    states,
    gaps,
    cursors,
    ended,
    becomes,
    last: () => last,
    heartbeats: () => heartbeats,
  };
}

function say(service: TestService, to: string, text: string): Promise<string> {
  return deliver(service.url, service.telnyx, smsEvent(to, text));
}

test("over the server's cut every message comes once, and a reader is told of nothing", async () => {
  const service = await testService({ config: { maxStreamMs: 300 }, random: () => 0 });
  const { key, number } = await tenant(service, "+14155559999");
  const { bodies, states, becomes, cursors } = follow(service.url, { key });
  await becomes("live");
  const said: string[] = [];
  for (let cuts = 0; cuts < 3; cuts++) {
    const before = states.length;
    await until("another cut and return", async () => {
      said.push(`text ${said.length}`);
      await say(service, number, said.at(-1) ?? "");
      return states.length >= before + 2;
    });
  }
  await until("all of them", () => bodies.length >= said.length);
  expect(bodies).toEqual(said);
  expect(new Set(states.slice(1))).toEqual(new Set(["live", "renewing"]));
  expect(new Set(cursors).size).toBeGreaterThan(3);
});

test("it starts behind the position that it is given, and says when it has caught up", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  await say(service, number, "before");
  const { epoch } = await service.database.installation();
  const { bodies, states, becomes } = follow(service.url, { key, after: `${epoch}-0` });
  await becomes("live");
  expect(bodies).toEqual(["before"]);
  expect(states).toEqual(["connecting", "catching_up", "live"]);
});

test("a position of another database is a gap, and it goes on from now", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  const { gaps, bodies, becomes } = follow(service.url, { key, after: "another0-7" });
  await becomes("live");
  expect(gaps).toEqual([{ reason: "unknown_cursor" }]);
  await say(service, number, "now");
  await until("the message", () => bodies.length > 0);
});

test("a revoked key ends it for good, and an unknown one at once", async () => {
  const service = await testService();
  const { key, keyId } = await tenant(service, "+14155559999");
  const { becomes, ended, last } = follow(service.url, { key });
  await becomes("live");
  await revokeKey(service.database, keyId, Date.now());
  await ended;
  expect(last()).toMatchObject({ kind: "ended", reason: "revoked" });
  const again = follow(service.url, { key });
  await again.ended;
  expect(again.last()).toMatchObject({ kind: "ended", reason: "unauthorized" });
});

test("a server that went away is asked again, after longer and longer waits, and at once when woken", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  let isAway = false;
  const { stream, becomes, bodies, last, states } = follow(service.url, {
    key,
    fetch: (url, init) => (isAway ? Promise.reject(new TypeError("refused")) : fetch(url, init)),
  });
  await becomes("live");
  await say(service, number, "one");
  await until("the first", () => bodies.length === 1);
  isAway = true;
  await service.close();
  await becomes("reconnecting");
  expect(last()).toMatchObject({ why: "The server is restarting." });
  stream.wake();
  await until("a failure", () => JSON.stringify(last()).includes("The connection was lost."));
  const config = { ...service.config, port: Number(new URL(service.url).port) };
  const next = await testService({ config, telnyx: service.telnyx });
  await say(next, number, "two");
  isAway = false;
  stream.wake();
  await becomes("live");
  expect(bodies).toEqual(["one", "two"]);
  expect(states).not.toContain("renewing");
});

test("a connection that has gone silent is left, and another one opened", async () => {
  const service = await testService({ config: { heartbeatMs: 100_000 } });
  const { key } = await tenant(service, "+14155559999");
  let opened = 0;
  const { becomes, last } = follow(service.url, {
    key,
    heartbeatMs: 40,
    fetch: (url, init) => {
      opened++;
      return fetch(url, init);
    },
  });
  await becomes("reconnecting");
  expect(last()).toMatchObject({ why: "Nothing was heard for too long." });
  expect(opened).toBe(1);
});

test("heartbeats keep it alive, and are counted", async () => {
  const service = await testService({ config: { heartbeatMs: 50 } });
  const { key } = await tenant(service, "+14155559999");
  const { heartbeats, states } = follow(service.url, { key, heartbeatMs: 50 });
  await until("ten heartbeats", () => heartbeats() > 10);
  expect(states).toEqual(["connecting", "live"]);
});

test("a server that makes nobody come back at once is obeyed: Retry-After, and closing", async () => {
  const answers = [
    () =>
      new Response("event: connected\ndata: {}\n\n", { headers: { "content-type": "text/event-stream" } }),
    () => new Response("{}", { status: 429, headers: { "retry-after": "7" } }),
    () => new Response("<html>", { status: 502, headers: { "retry-after": "tomorrow" } }),
    () => new Response("not a stream", { headers: { "content-type": "text/html" } }),
  ];
  const waits: number[] = [];
  const { stream, last, ended } = follow("http://nowhere", {
    key: "k",
    fetch: async () => (answers.shift() ?? (() => new Response("{}", { status: 401 })))(),
  });
  while (last().kind !== "ended") {
    const now = await until("a wait or the end", () => {
      const connection = last();
      return connection.kind === "ended" || (connection.kind === "reconnecting" && connection.retryAt)
        ? connection
        : null;
    });
    if (now.kind === "reconnecting") {
      waits.push((now.retryAt ?? 0) - Date.now());
      stream.wake();
      await until("the next", () => last() !== now);
    }
  }
  await ended;
  const [first = 0, asked = 0, second = 0, third = 0] = waits;
  expect(first).toBeWithin(1_500, 2_001);
  expect(asked).toBeWithin(6_500, 7_001);
  expect(second).toBeWithin(7_500, 8_001);
  expect(third).toBeWithin(15_500, 16_001);
});
