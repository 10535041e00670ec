/** The hand-over from stored to live: whatever commits during a replay, each message comes once and in order. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { type Database, openDatabase } from "../../src/database/open.ts";
import type { Principal } from "../../src/keys/principal.ts";
import { ChangeFeed } from "../../src/messages/changefeed.ts";
import type { Filter } from "../../src/messages/visibility.ts";
import { Hub } from "../../src/stream/hub.ts";
import { Streams } from "../../src/stream/registry.ts";
import { Sessions } from "../../src/stream/sessions.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { until } from "../harness/until.ts";

const NUMBERS = ["+14155550001", "+14155550002"] as const;
const LIMITS = { maxStreams: 1e6, maxStreamsPerKey: 1e6 };

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
atTheEnd(database.close);

type Step =
  /** So many messages in one transaction, of these accounts and to these numbers in turn. */
  | { do: "commit"; accounts: number[]; size: number }
  /** The tail hears of it. */
  | { do: "ring" }
  /** More than is announced in one turn, and somebody else has so many turns while it is. */
  | { do: "burst"; size: number; scheduler: number }
  /** The client reads so many chunks, if they come. */
  | { do: "read"; chunks: number }
  /** The client drops, and comes back with the last id it saw. */
  | { do: "return" }
  /** What is in memory is forgotten, so that a replay comes from the store. */
  | { do: "forget" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      accounts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
      size: fc.oneof(fc.constant(20), fc.constant(9_000)),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: "ring" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("burst" as const),
      size: fc.constantFrom(20, 9_000),
      scheduler: fc.integer({ min: 0, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("read" as const), chunks: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "return" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "forget" as const }) },
);

const filter: fc.Arbitrary<Filter> = fc.record({
  accounts: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
  to: fc.option(fc.subarray([...NUMBERS], { minLength: 1 }), { freq: 3 }),
});

/** Once half of the time: the client waited, and nobody paged for it before the next heartbeat. */
const LEFT_BEHIND: [Step[], Filter, number] = [
  [
    { do: "read", chunks: 2 },
    { do: "ring" },
    { do: "burst", size: 20, scheduler: 0 },
    { do: "read", chunks: 4 },
    { do: "burst", size: 20, scheduler: 3 },
    { do: "read", chunks: 2 },
    { do: "read", chunks: 4 },
  ],
  { accounts: [1, 2, 3, 4], to: [...NUMBERS] },
  0,
];

test("random commits during a replay over several accounts: each message once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      filter,
      fc.constantFrom(0, 1e9),
      async (steps, seen, bytesPerTurn) => {
        const world = await World.make(database, seen, bytesPerTurn);
        for (const each of steps) await world.take(each);
        await world.changeFeed.catchUp();
        const expected = await world.expected();
        await until("the last message", async () => {
          await world.read(1);
          return world.got.length >= expected.length;
        });
        expect(world.got).toEqual(expected);
        world.close();
      },
    ),
    { numRuns: 60, examples: Array.from({ length: 4 }, () => LEFT_BEHIND) },
  );
}, 120_000);

class World {
  readonly changeFeed: ChangeFeed;
  readonly got: number[] = [];
  readonly #database: Database;
  readonly #hub: Hub;
  readonly #sessions = new Sessions({ current: async () => new Map() }, 0);
  readonly #streams: Streams;
  readonly #filter: Filter;
  readonly #start: number;
  #reader: ReturnType<World["open"]>;
  #pending: Promise<{ value?: Uint8Array | undefined }> | null = null;
  #committed = 0;

  /** With 0 `bytesPerTurn` the hub leaves all that is announced to be paged. */
  static async make(database: Database, seen: Filter, bytesPerTurn: number): Promise<World> {
    return new World(database, seen, bytesPerTurn, await database.installation());
  }

  constructor(
    database: Database,
    seen: Filter,
    bytesPerTurn: number,
    installation: Awaited<ReturnType<Database["installation"]>>,
  ) {
    this.#database = database;
    this.#filter = seen;
    this.#start = installation.position;
    this.#hub = new Hub(installation.epoch, installation.position, bytesPerTurn);
    this.changeFeed = new ChangeFeed(database.read, installation, (news) => this.#hub.announce(news));
    const times = {
      heartbeatMs: 60_000,
      maxStreamMs: 600_000,
      now: Date.now,
      monotonic: Date.now,
      random: Math.random,
    };
    this.#streams = new Streams({
      hub: this.#hub,
      sessions: this.#sessions,
      read: database.read,
      limits: LIMITS,
      ...times,
    });
    this.#reader = this.open(this.#start);
  }

  async take(each: Step): Promise<void> {
    if (each.do === "commit") await this.#commit(each.accounts, each.size);
    else if (each.do === "ring") await this.changeFeed.catchUp();
    else if (each.do === "burst") await this.#burst(each.size, each.scheduler);
    else if (each.do === "read") await this.read(each.chunks);
    else if (each.do === "forget") this.#hub.replayBuffer.clear(this.#hub.position);
    else await this.#return();
  }

  /** Reads chunks for as long as there are some without waiting for what is not on its way. */
  async read(chunks: number): Promise<void> {
    for (let i = 0; i < chunks; i++) {
      this.#pending ??= this.#reader.read();
      const turn = new Promise<null>((resolve) => setImmediate(() => setImmediate(() => resolve(null))));
      const result = await Promise.race([this.#pending, turn]);
      if (result === null) return;
      this.#pending = null;
      const text = new TextDecoder().decode(result.value);
      for (const match of text.matchAll(/^id: \w+-(\d+)\nevent: sms_received$/gm))
        this.got.push(Number(match[1]));
    }
  }

  async expected(): Promise<number[]> {
    const { accounts, to } = this.#filter;
    const { rows } = await this.#database.read({
      sql: `SELECT seq, account_id, "to" FROM messages WHERE seq > ? ORDER BY seq`,
      args: [this.#start],
    });
    return rows
      .filter((row) => accounts.includes(Number(row.account_id)) && (to?.includes(String(row.to)) ?? true))
      .map((row) => Number(row.seq));
  }

  close(): void {
    this.#sessions.closeAll("shutdown");
    this.#streams.stop();
  }

  /** The steps that follow come while it is being announced. */
  async #burst(size: number, scheduler: number): Promise<void> {
    await this.#commit(
      Array.from({ length: 150 }, (_, i) => 1 + (i % 4)),
      size,
    );
    void this.changeFeed.catchUp();
    for (let i = 0; i < scheduler; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Without waiting for the change feed: a stream may open between two parts of what is announced. */
  async #return(): Promise<void> {
    await this.#reader.cancel();
    this.#pending = null;
    this.#reader = this.open(this.got.at(-1) ?? this.#start);
  }

  open(after: number) {
    const principal = { keyId: 1, account: { id: 1 }, expiresAt: null } as Principal;
    const first = new TextEncoder().encode("retry: 2000\n\n");
    const body = this.#streams.body(principal, {
      filter: this.#filter,
      after,
      announcesCaughtUp: true,
      first,
    });
    return body.getReader();
  }

  async #commit(accounts: readonly number[], size: number): Promise<void> {
    await this.#database.write(
      accounts.map((account, i) => ({
        sql: `INSERT INTO messages (message_id, telnyx_id, account_id, "from", "to", body, received_at, stored_at)
          VALUES (?, 't', ?, '+1', ?, ?, 0, 0)`,
        args: [`msg_${this.#start}_${this.#committed++}`, account, NUMBERS[i % 2] ?? "", "x".repeat(size)],
      })),
    );
  }
}
