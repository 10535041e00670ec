/** Who sees what: accounts apart, numbers that move, users in teams; on streams that are open all the while. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { connect, type StreamClient } from "../harness/stream.ts";
import { until } from "../harness/until.ts";
import { replayed } from "./stream/replays.ts";
import { difference, NO_DIFFERENCE, pour, send, texts } from "./stream/texts.ts";

setDefaultTimeout(60_000);

/** A change of the directory reaches open streams within this. */
const REACHES_MS = 2_000;

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

function run(...args: string[]): Promise<unknown> {
  return inletJson(server.folder, args);
}

function open({ key }: Tenant, options: { query?: string } = {}): Promise<StreamClient> {
  return connect(server.url, { key, ...options });
}

/** All that the tenant's key sees of what is stored. */
function history({ key }: Tenant, lastEventId?: string): Promise<unknown[]> {
  return replayed(server, lastEventId === undefined ? { key, query: "?since=all" } : { key, lastEventId });
}

test("two accounts never see each other's texts, live or in a replay, whoever's cursor they bring", async () => {
  const [a, b] = [
    await addTenant(server.folder, "+14155550701"),
    await addTenant(server.folder, "+14155550702"),
  ];
  const [streamA, streamB] = [await open(a), await open(b)];
  const [ofA, ofB] = [texts(300).map((text) => `A ${text}`), texts(300).map((text) => `B ${text}`)];
  await Promise.all([pour(server, a, ofA), pour(server, b, ofB)]);
  await streamA.messageCount(300);
  await streamB.messageCount(300);
  const middleOfB = streamB.of("sms_received")[150]?.id ?? "";
  const [replayOfA, replayOfB] = [await history(a), await history(b)];
  for (const bodies of [streamA.bodies, replayOfA])
    expect(difference(bodies.map(String), ofA)).toEqual(NO_DIFFERENCE);
  for (const bodies of [streamB.bodies, replayOfB])
    expect(difference(bodies.map(String), ofB)).toEqual(NO_DIFFERENCE);
  const withForeignCursor = await history(a, middleOfB);
  expect(withForeignCursor.length).toBeGreaterThan(0);
  expect(replayOfA.slice(-withForeignCursor.length)).toEqual(withForeignCursor);
  expect([...streamA.messages, ...streamB.messages].map(({ to }) => to)).toEqual([
    ...ofA.map(() => a.number),
    ...ofB.map(() => b.number),
  ]);
});

test("a number that moves takes its new texts along at once, and leaves the old ones where they are", async () => {
  const [a, b] = [
    await addTenant(server.folder, "+14155550703"),
    await addTenant(server.folder, "+14155550704"),
  ];
  const [streamA, streamB] = [await open(a), await open(b)];
  const filtered = await open(a, { query: `?to=${a.number}` });
  await send(server, a, "before");
  await run("numbers", "move", a.number, "--account", String(b.accountId));
  await send(server, a, "after");
  await streamB.messageCount(1);
  await run("numbers", "move", a.number, "--account", String(a.accountId));
  await send(server, a, "back again");
  await streamA.messageCount(2);
  await filtered.messageCount(2);
  for (const client of [streamA, filtered]) expect(client.bodies).toEqual(["before", "back again"]);
  expect(streamB.bodies).toEqual(["after"]);
  expect(await history(a)).toEqual(["before", "back again"]);
  expect(await history(b)).toEqual(["after"]);
});

test("a text that arrives while its number moves belongs to exactly one of the two", async () => {
  const [a, b] = [
    await addTenant(server.folder, "+14155550705"),
    await addTenant(server.folder, "+14155550706"),
  ];
  const [streamA, streamB] = [await open(a), await open(b)];
  const sent = texts(600);
  const pouring = pour(server, a, sent);
  await until("some of the first account's", () => streamA.bodies.length > 50);
  await run("numbers", "move", a.number, "--account", String(b.accountId));
  await pouring;
  await send(server, b, "the end");
  await until("the end", () => streamB.bodies.at(-1) === "the end");
  await streamA.messageCount(sent.length + 1 - streamB.bodies.length);
  const both = [...streamA.bodies, ...streamB.bodies.slice(0, -1)].map(String);
  expect(difference(both, sent)).toEqual(NO_DIFFERENCE);
  expect(await history(a)).toEqual(streamA.bodies);
  expect(await history(b)).toEqual(streamB.bodies);
});

test("a user's open stream shows a team's texts from joining to leaving, a replay what the key sees now", async () => {
  const user = await addTenant(server.folder, "+14155550707");
  const team = await addTenant(server.folder, "+14155550708", "team");
  const membership = ["--team", String(team.accountId), "--user", String(user.accountId)];
  const [ofUser, ofTeam] = [await open(user), await open(team)];
  const start = ofUser.lastEventId ?? "";
  await send(server, team, "early");
  await ofTeam.messageCount(1);

  await run("members", "add", ...membership);
  const first = await until(
    "the user sees the team's texts",
    async () => {
      await send(server, team, `team ${ofTeam.bodies.length}`);
      return ofUser.bodies[0];
    },
    REACHES_MS,
  );
  await send(server, team, "team and on");
  await send(server, user, "own");
  await until("the user's own", () => ofUser.bodies.at(-1) === "own");
  await until("the team's latest", () => ofTeam.bodies.at(-1) === "team and on");
  expect(first).not.toBe("early");
  const since = ofTeam.bodies.indexOf(first);
  expect(ofUser.bodies).toEqual([...ofTeam.bodies.slice(since), "own"]);
  expect(await history(user, start)).toEqual([...ofTeam.bodies, "own"]);

  await run("members", "remove", ...membership);
  await until(
    "the user sees them no more",
    async () => {
      const seen = ofUser.bodies.length;
      await send(server, team, `secret ${seen}`);
      await send(server, user, `own after ${seen}`);
      await until("the user's own", () => ofUser.bodies.at(-1) === `own after ${seen}`);
      return ofUser.bodies.length === seen + 1;
    },
    REACHES_MS,
  );
  await send(server, team, "top secret");
  await send(server, user, "the end");
  await until("the end", () => ofUser.bodies.at(-1) === "the end");
  expect(ofUser.bodies).not.toContain("top secret");
  expect((await history(user, start)).join()).not.toMatch(/team|early|secret/);
});

test("a team's key sees the team's numbers, and none of its members'", async () => {
  const user = await addTenant(server.folder, "+14155550709");
  const team = await addTenant(server.folder, "+14155550710", "team");
  const ofTeam = await open(team);
  await run("members", "add", "--team", String(team.accountId), "--user", String(user.accountId));
  await send(server, user, "the member's");
  await send(server, team, "the team's");
  await ofTeam.messageCount(1);
  expect(ofTeam.bodies).toEqual(["the team's"]);
  expect(await history(team)).toEqual(["the team's"]);
  expect(await history(user)).toEqual(["the member's", "the team's"]);
});

test("a number that moves from a user to the user's team is seen by both keys, each text once", async () => {
  const user = await addTenant(server.folder, "+14155550711");
  const team = await addTenant(server.folder, "+14155550712", "team");
  await run("members", "add", "--team", String(team.accountId), "--user", String(user.accountId));
  const [ofUser, ofTeam] = [await open(user, { query: `?to=${user.number}` }), await open(team)];
  await send(server, user, "before");
  await run("numbers", "move", user.number, "--account", String(team.accountId));
  await send(server, user, "after");
  await ofUser.messageCount(2);
  await ofTeam.messageCount(1);
  expect(ofUser.bodies).toEqual(["before", "after"]);
  expect(ofTeam.bodies).toEqual(["after"]);
});
