/** A user, two teams and a stranger, what of them is known when, and the routes over a database whose reads are held. */
import { InFlight } from "../../src/api/inflight.ts";
import { ticketRate } from "../../src/api/tickets.ts";
import type { Database } from "../../src/database/open.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { addMember, removeMember } from "../../src/directory/members.ts";
import { addNumber, moveNumber } from "../../src/directory/numbers.ts";
import { Authenticator } from "../../src/keys/authenticator.ts";
import { readPrincipals } from "../../src/keys/principal.ts";
import { createKey, revokeKey } from "../../src/keys/store.ts";
import { createTicket } from "../../src/keys/ticket.ts";
import { View } from "../../src/media/view.ts";
import { ChangeFeed } from "../../src/messages/changefeed.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { openStreams, type StreamRoom } from "../../src/stream/room.ts";
import { Gate } from "./gate.ts";

export type Change =
  | { do: "join" | "leave"; team: 0 | 1 }
  /** One of the user's and the first team's numbers goes to another account. */
  | { do: "move"; number: 0 | 1; to: 0 | 1 | 2 | 3 };

export type Step =
  | Change
  /** A change that reaches this process, and all that is open, at once. */
  | { do: "learn"; change: Change }
  | { do: "revoke" }
  | { do: "expire" }
  /** One message of each of these accounts, in one transaction. */
  | { do: "commit"; accounts: readonly (0 | 1 | 2 | 3)[] }
  /** The same, and the change feed reads it. */
  | { do: "announce"; accounts: readonly (0 | 1 | 2 | 3)[] }
  /** The change feed reads what there is. */
  | { do: "hear" }
  /** What is open is held against the directory as the change feed knows it. */
  | { do: "judge" }
  | { do: "release"; which: number }
  /** Replays go to the store. */
  | { do: "forget" };

/** What the key may see at one version of the directory: places in `accounts`; null when it is revoked. */
export type Known = { readonly version: number; readonly accountIds: readonly number[] | null };

const LIFE_MS = 86_400_000;
let made = 0;

export class World {
  readonly gate: Gate;
  readonly authenticator: Authenticator;
  readonly changeFeed: ChangeFeed;
  readonly room: StreamRoom;
  readonly history: readonly Known[];
  /** The user, its two teams, and a stranger. */
  accounts: number[] = [];
  numbers: string[] = [];
  key = "";
  ticket = "";
  /** The version that all that is open agrees with. */
  judged = 0;
  /** Whether the clock has passed the end of the key. */
  isExpired = false;
  /** Seqs and whose they are, in order. */
  readonly stored: { readonly seq: number; readonly account: number; readonly messageId: string }[] = [];
  /** For each account: the hub's position when what is open was first judged by a directory in which it was joined. */
  readonly joinedAt = new Map<number, number>();
  readonly #database: Database;
  readonly #known: Known[] = [];
  readonly #teams = new Set<number>();
  #keyId = 0;
  /** The version that the latest judgement was asked for. */
  #asked = 0;
  #isRevoked = false;
  #now = Date.now();

  static async make(database: Database, members: readonly number[]): Promise<World> {
    const installation = await database.installation();
    const world = new World(database, installation);
    await world.#setUp(members);
    return world;
  }

  private constructor(database: Database, installation: Awaited<ReturnType<Database["installation"]>>) {
    this.#database = database;
    this.history = this.#known;
    this.gate = new Gate(database);
    this.authenticator = new Authenticator({
      read: this.gate.read,
      now: () => this.#now,
      installation: () => this.changeFeed.installation,
    });
    const clock = { now: () => this.#now, monotonic: () => performance.now(), random: Math.random };
    this.room = openStreams(installation, {
      authenticator: { current: (keyIds) => readPrincipals(database.read, keyIds) },
      read: this.gate.read,
      limits: { maxStreams: 1e6, maxStreamsPerKey: 1e6 },
      heartbeatMs: 600_000,
      maxStreamMs: 3_600_000,
      ...clock,
    });
    this.changeFeed = new ChangeFeed(database.read, installation, this.room.announce);
  }

  /** What all routes are given. */
  get deps() {
    const { authenticator, changeFeed, room, gate } = this;
    const database = gate.database;
    const indexer = new Indexer(database, () => changeFeed.position);
    return {
      database, authenticator, changeFeed, ...room, inFlight: new InFlight(), view: new View({ keeps: false, publicUrl: null }),
      store: { lines: database.lines, indexer, slices: new Slices() },
      rate: ticketRate(() => performance.now()), publicUrl: null,
      isDraining: () => false, now: () => this.#now, random: Math.random,
    }; // biome-ignore format: a list
  }

  /** What it may see by any directory from the one that this process knew at `version` up to the present. */
  since(version: number): readonly Known[] {
    const first = this.#known.findLastIndex((known) => known.version <= version);
    return this.#known.slice(Math.max(0, first));
  }

  /** The newest version of the directory, whether this process knows it or not. */
  get latest(): number {
    return this.#known.at(-1)?.version ?? 0;
  }

  get knownVersion(): number {
    return this.changeFeed.installation.directoryVersion;
  }

  async take(step: Step): Promise<void> {
    const { accounts } = this;
    if (step.do === "learn")
      for (const each of [step.change, { do: "hear" }, { do: "judge" }] as const) await this.take(each);
    else if (step.do === "join" || step.do === "leave") await this.#member(step.do === "join", step.team);
    else if (step.do === "move")
      await moveNumber(this.#database, this.numbers[step.number] ?? "", accounts[step.to] ?? 0);
    else if (step.do === "revoke") {
      this.#isRevoked = true;
      await revokeKey(this.#database, this.#keyId, this.#now);
    } else if (step.do === "expire") {
      this.isExpired = true;
      this.#now += 2 * LIFE_MS;
    } else if (step.do === "commit") await this.#commit(step.accounts);
    else if (step.do === "announce") {
      await this.#commit(step.accounts);
      await this.changeFeed.catchUp();
    } else if (step.do === "hear") await this.changeFeed.catchUp();
    else if (step.do === "judge") await this.#judge();
    else if (step.do === "release") this.gate.release(step.which);
    else this.room.hub.replayBuffer.clear(this.room.hub.position);
    await this.#note();
    await settled();
  }

  async #setUp(members: readonly number[]): Promise<void> {
    const database = this.#database;
    const prefix = `+1415${1000 + made}`;
    for (const [i, kind] of (["user", "team", "team", "user"] as const).entries()) {
      const account = await createAccount(database, kind, `account ${i}`, this.#now);
      this.accounts.push(account.id);
      const number = `${prefix}${100 + i}`;
      this.numbers.push(number);
      await addNumber(database, number, account.id, null, this.#now);
    }
    made++;
    const scopes = ["sms:read", "phone_numbers:read"] as const;
    const wanted = { accountId: this.accounts[0] ?? 0, scopes, name: "", lifetimeMs: LIFE_MS };
    const { id, key } = await createKey(database, wanted, this.#now);
    this.key = key;
    this.#keyId = id;
    const ticket = { keyId: id, to: null, expiresAt: this.#now + LIFE_MS };
    this.ticket = (await createTicket(database, ticket, this.#now)) ?? "";
    for (const team of members) await this.#member(true, team);
    await this.#commit([0, 1, 2, 3, 1, 2, 0]);
    await this.changeFeed.catchUp();
    await this.#note();
    await this.#judge();
  }

  async #member(joins: boolean, team: number): Promise<void> {
    const [user, teamId] = [this.accounts[0] ?? 0, this.accounts[team + 1] ?? 0];
    if (joins === this.#teams.has(team + 1)) return;
    await (joins
      ? addMember(this.#database, teamId, user, this.#now)
      : removeMember(this.#database, teamId, user));
    if (joins) this.#teams.add(team + 1);
    else this.#teams.delete(team + 1);
    this.joinedAt.delete(team + 1);
  }

  async #judge(): Promise<void> {
    const version = this.knownVersion;
    if (version === this.#asked) return;
    this.#asked = version;
    await this.room.sessions.reauthorize(version);
    // What it read may be newer than what it was asked for.
    this.judged = (await this.#database.installation()).directoryVersion;
    for (const team of this.#teams)
      if (!this.joinedAt.has(team)) this.joinedAt.set(team, this.room.hub.position);
  }

  async #note(): Promise<void> {
    const { directoryVersion: version } = await this.#database.installation();
    if (this.#known.at(-1)?.version === version) return;
    this.#known.push({ version, accountIds: this.#isRevoked ? null : [0, ...this.#teams] });
  }

  async #commit(accounts: readonly number[]): Promise<void> {
    const results = await this.#database.write(
      accounts.map((account) => {
        const id = `msg_v${made}_${this.stored.length}_${Math.random()}`;
        return {
          sql: `INSERT INTO messages (message_id, telnyx_id, account_id, "from", "to", body, received_at, stored_at)
            VALUES (?, 't', ?, '+13125550001', ?, 'text', 0, 0) RETURNING seq, message_id`,
          args: [id, this.accounts[account] ?? 0, this.numbers[account] ?? ""],
        };
      }),
    );
    for (const [i, { rows }] of results.entries())
      this.stored.push({
        seq: Number(rows[0]?.seq),
        account: accounts[i] ?? 0,
        messageId: String(rows[0]?.message_id),
      });
  }
}

/** Everything that can go on without a read has gone on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}
