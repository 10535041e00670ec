/**
 * Whatever happens to the directory while something waits for the store: nothing is handed over that its key may not
 * see by the directory as this process knows it at that moment, and nothing that it may see all the while is left out,
 * doubled, or out of order. Reads are held before and behind the store, and released in any order.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { listMessages, showMessage } from "../../src/api/messages.ts";
import { nextMessage } from "../../src/api/next.ts";
import { listPhoneNumbers } from "../../src/api/phonenumbers.ts";
import { openStream } from "../../src/api/stream.ts";
import { issueTicket } from "../../src/api/tickets.ts";
import { openDatabase } from "../../src/database/open.ts";
import { ApiError } from "../../src/errors.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { Follower, presence } from "./follower.ts";
import { type Change, type Step, settled, World } from "./world.ts";

setDefaultTimeout(240_000);
const RUNS = Number(Bun.env.VISIBILITY_RUNS ?? 150);

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
atTheEnd(database.close);

const place = fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const);
const team = fc.constantFrom(0 as const, 1 as const);
const commit = fc.record({
  do: fc.constant("commit" as const),
  accounts: fc.array(place, { minLength: 1, maxLength: 5 }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("join" as const, "leave" as const), team }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), number: team, to: place }) },
);
const step = (ends: fc.Arbitrary<Step>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 4, arbitrary: change },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("learn" as const), change }) },
    { weight: 1, arbitrary: ends },
    { weight: 2, arbitrary: commit },
    { weight: 4, arbitrary: commit.map(({ accounts }) => ({ do: "announce" as const, accounts })) },
    { weight: 2, arbitrary: fc.constant({ do: "hear" } as const) },
    { weight: 2, arbitrary: fc.constant({ do: "judge" } as const) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.constant({ do: "forget" } as const) },
  );
const revoke = fc.constant({ do: "revoke" } as const);
const anyEnd = fc.oneof(revoke, fc.constant({ do: "expire" } as const));
const members = fc.subarray([0, 1]);

/** What was answered, and which version of the directory this process knew when it was. */
interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown };
  readonly known: number;
  readonly isExpired: boolean;
}

function request(world: World, path: string, init: RequestInit = {}): Request {
  const headers = { authorization: `Bearer ${world.key}` };
  return new Request(`http://127.0.0.1${path}`, { ...init, headers });
}

/** Takes the steps while the answer is on its way, lets everything go on then, and resolves to it. */
async function during(world: World, steps: readonly Step[], answering: Promise<Response>): Promise<Answer> {
  const answered = answering.then(
    (response) => ({ response, known: world.knownVersion, isExpired: world.isExpired }),
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      return { response: null, known: 0, isExpired: false, code: error.code };
    },
  );
  for (const each of steps) await world.take(each);
  world.gate.open();
  const { response, known, isExpired } = await answered;
  const text = response ? await response.text() : "";
  return { status: response?.status ?? 0, body: text ? JSON.parse(text) : {}, known, isExpired };
}

const accountOf = (world: World, id: unknown) =>
  world.stored.find(({ messageId }) => messageId === id)?.account ?? -1;

/** StreamLimiter of the accounts that the key may see by some directory since this version. */
const allowed = (world: World, known: number) =>
  new Set(world.since(known).flatMap(({ accountIds }) => accountIds ?? []));

test("a page of the history", async () => {
  const property = async (steps: readonly Step[], joined: readonly number[]) => {
    const world = await World.make(database, joined);
    const [from, before] = [world.judged, [...world.stored]];
    const asked = request(world, `/v1/sms/messages?limit=200&order=asc&since=all`);
    const { status, body, known, isExpired } = await during(world, steps, listMessages(world.deps, asked));
    if (status === 0) return;
    expect(isExpired).toBe(false);
    const ids = (body.data as { message_id: string }[]).map(({ message_id }) => message_id);
    const seen = allowed(world, known);
    for (const id of ids) expect([...seen]).toContain(accountOf(world, id));
    const always = presence(world, from);
    const owed = before
      .filter(({ account }) => always(account) === "always")
      .map(({ messageId }) => messageId);
    expect(ids.filter((id) => owed.includes(id))).toEqual(owed);
  };
  await fc.assert(fc.asyncProperty(fc.array(step(anyEnd), { maxLength: 25 }), members, property), {
    numRuns: RUNS,
  });
});

test("a message by its id", async () => {
  const property = async (steps: readonly Step[], joined: readonly number[], which: number) => {
    const world = await World.make(database, joined);
    const from = world.judged;
    const { messageId, account } = world.stored[which % world.stored.length] ?? { messageId: "", account: 0 };
    const asked = request(world, `/v1/sms/messages/${messageId}`);
    const { status, known, isExpired } = await during(
      world,
      steps,
      showMessage(world.deps, asked, messageId),
    );
    if (status === 0) {
      const isOwed = presence(world, from)(account) === "always" && !world.isExpired;
      return expect(isOwed).toBe(false);
    }
    expect(isExpired).toBe(false);
    expect([...allowed(world, known)]).toContain(account);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step(anyEnd), { maxLength: 12 }), members, fc.nat(20), property),
    { numRuns: RUNS },
  );
});

test("the next message, stored or heard", async () => {
  const property = async (steps: readonly Step[], joined: readonly number[], after: number) => {
    const world = await World.make(database, joined);
    const from = world.judged;
    const { seq: start } = world.stored[after] ?? { seq: world.changeFeed.position };
    const query = `timeout=120&after=${world.room.hub.epoch}-${start}`;
    const asked = request(world, `/v1/sms/messages/next?${query}`);
    // So that it ends: a message that it may see, unless its key is revoked.
    const last: Step[] = [{ do: "commit", accounts: [0] }, { do: "hear" }, { do: "judge" }];
    const { status, body, known } = await during(world, [...steps, ...last], nextMessage(world.deps, asked));
    if (status === 0) return expect(presence(world, from)(0)).not.toBe("always");
    const id = (body.data as { message_id: string }).message_id;
    const found = world.stored.find(({ messageId }) => messageId === id);
    expect([...allowed(world, known)]).toContain(found?.account ?? -1);
    const always = presence(world, from);
    const first = world.stored.find(({ seq, account }) => seq > start && always(account) === "always");
    if (first) expect(found?.seq ?? 0).toBeLessThanOrEqual(first.seq);
    expect(found?.seq ?? 0).toBeGreaterThan(start);
  };
  await fc.assert(fc.asyncProperty(fc.array(step(revoke), { maxLength: 25 }), members, fc.nat(9), property), {
    numRuns: RUNS,
  });
});

test("the numbers of a key", async () => {
  const property = async (steps: readonly Step[], joined: readonly number[]) => {
    const world = await World.make(database, joined);
    const asked = request(world, "/v1/phone-numbers");
    const { status, body, known, isExpired } = await during(
      world,
      steps,
      listPhoneNumbers(world.deps, asked),
    );
    if (status === 0) return;
    expect(isExpired).toBe(false);
    const seen = [...allowed(world, known)].map((each) => world.accounts[each]);
    for (const { account_id } of body.data as { account_id: number }[]) expect(seen).toContain(account_id);
  };
  await fc.assert(fc.asyncProperty(fc.array(step(anyEnd), { maxLength: 20 }), members, property), {
    numRuns: RUNS,
  });
});

test("a ticket", async () => {
  const property = async (steps: readonly Step[], joined: readonly number[], named: boolean) => {
    const world = await World.make(database, joined);
    const body = JSON.stringify(named ? { to: [world.numbers[1]] } : {});
    const asked = request(world, "/v1/sms/stream/tickets", { method: "POST", body });
    const { status, known, isExpired } = await during(world, steps, issueTicket(world.deps, asked));
    if (status === 0) return;
    expect(isExpired).toBe(false);
    expect(world.since(known).some(({ accountIds }) => accountIds !== null)).toBe(true);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step(anyEnd), { maxLength: 20 }), members, fc.boolean(), property),
    { numRuns: RUNS },
  );
});

test("a stream: its opening, its replay from memory and from the store, and what is live", async () => {
  const way = fc.constantFrom("fresh", "resumed", "since", "ticket", "forgotten", "forgotten", "forgotten");
  const property = async (
    steps: readonly Step[],
    joined: readonly number[],
    how: string,
    after: number,
    isOpenFirst: boolean,
  ) => {
    const world = await World.make(database, joined);
    const { epoch, position } = world.room.hub;
    const start = world.stored[after]?.seq ?? position;
    if (how === "forgotten") world.room.hub.replayBuffer.clear(position);
    const query = how === "ticket" ? `?ticket=${world.ticket}&last_event_id=${epoch}-${start}` : "";
    const path = `/v1/sms/stream${how === "since" ? "?since=all" : query}`;
    const headers: Record<string, string> = how === "ticket" ? {} : { authorization: `Bearer ${world.key}` };
    if (how === "resumed" || how === "forgotten") headers["last-event-id"] = `${epoch}-${start}`;
    const follower = new Follower(
      world,
      openStream(world.deps, new Request(`http://127.0.0.1${path}`, { headers }), {}),
    );
    await settled();
    // Where it is open already, the steps begin with its first page on its way.
    while (isOpenFirst && !follower.isOpen) await world.take({ do: "release", which: 0 });
    for (const each of steps) await world.take(each);
    world.gate.open();
    for (const each of ["hear", "judge"] as const) await world.take({ do: each });
    await follower.check();
    world.room.sessions.closeAll("shutdown");
    world.room.streams.stop();
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step(revoke), { maxLength: 40 }),
      members,
      way,
      fc.nat(9),
      fc.boolean(),
      property,
    ),
    { numRuns: 2 * RUNS },
  );
});
