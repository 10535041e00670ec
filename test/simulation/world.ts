/** The world of a simulated run: who there is, and what happens to them at random moments. One seed is one run. */

import { Client } from "./client.ts";
import { Commands } from "./commands.ts";
import type { Mutation } from "./mutations.ts";
import { addKey, furnish, NUMBERS } from "./people.ts";
import { type Process, startProcess } from "./process.ts";
import { Random } from "./random.ts";
import { Sender } from "./sender.ts";
import { type Fate, Store } from "./store.ts";
import { Time } from "./time.ts";
import { Truth } from "./truth.ts";

const RETENTION_MS = 15_000;
/** What a write may meet, besides being done. */
const FATES: readonly Fate[] = ["lost", "torn", "unsaid", "busy"];

export class World {
  readonly time: Time;
  readonly truth = new Truth();
  readonly clients: Client[] = [];
  readonly #random: Random;
  readonly #store: Store;
  readonly #mutation: Mutation | null;
  readonly #say: (line: string) => void;
  readonly #processes: Process[] = [];
  readonly #keys: number[] = [];
  readonly #sender: Sender;
  readonly #commands: Commands;
  /** How often a write of anybody fails. */
  #failing = 0;

  constructor(seed: number, mutation: Mutation | null, say: (line: string) => void) {
    this.#random = new Random(seed);
    this.time = new Time(this.#random);
    const from = this.time.now;
    this.#say = (line) => say(`${this.time.now - from} ${line}`);
    this.#mutation = mutation;
    this.#store = new Store(this.time, () => this.truth.look());
    this.truth.store = this.#store;
    const shared = { time: this.time, truth: this.truth, numbers: NUMBERS, say: this.#say };
    this.#sender = new Sender({ ...shared, processes: () => this.#processes });
    this.#commands = new Commands({
      ...shared,
      store: this.#store,
      sent: this.#sender.sent,
      fate: this.#fate,
    });
    // Where nobody lives, whoever starts next begins with what the store says then.
    this.truth.judged = () =>
      Math.min(
        this.#store.installation().directoryVersion,
        ...this.#processes.filter(({ party }) => !party.isDead).map(({ judged }) => judged()),
      );
  }

  begin(): void {
    const random = this.#random;
    furnish(this.#store, this.time.now);
    this.truth.look();
    this.#failing = random.pick([0, 0, 0.02, 0.1]);
    const count = random.between(1, 3);
    for (let i = 0; i < count; i++) void this.#start(`inlet${i}`);
    for (let i = random.between(2, 5); i > 0; i--)
      this.time.after(random.between(0, 4_000), () => this.#addClient());
    const until = random.between(8_000, 30_000);
    const [low, high] = random.pick([
      [50, 400],
      [5, 120],
      [0, 1_500],
    ] as const);
    const next = () => {
      if (this.time.now >= begun + until) return;
      this.#event();
      this.time.after(random.between(low, high), next);
    };
    const begun = this.time.now;
    this.time.after(100, next);
    this.time.run(begun + until);
  }

  /** Everything is mended; everybody gets what is owed, and then it is looked whether that was all. */
  end(): void {
    this.#sender.isHurried = true;
    this.#failing = 0;
    for (const client of this.clients) client.isHurried = true;
    for (const { party } of this.#processes) party.stalledUntil = 0;
    if (!this.#processes.some((process) => process.isServing())) void this.#start("inlet.last");
    const settled = this.time.now + 20_000;
    this.time.run(settled);
    const { waiting } = this.#sender;
    if (waiting > 0) this.truth.violate(`${waiting} texts were never acknowledged`);
    for (const client of this.clients) client.check();
    for (const process of this.#processes) process.kill();
    this.#store.close();
  }

  #fate = (): Fate => (this.#random.chance(this.#failing) ? this.#random.pick(FATES) : "done");

  #addClient(): void {
    const random = this.#random;
    const account = random.pick([1, 1, 2, 3, 5]);
    const { id, key } = addKey(this.#store, account, this.time.now);
    this.truth.look();
    this.#keys.push(id);
    const client = new Client({
      name: `client${this.clients.length}`,
      account,
      keyId: id,
      key,
      to: random.chance(0.25) ? (NUMBERS[account - 1] ?? null) : null,
      fromAll: random.chance(0.3),
      time: this.time,
      truth: this.truth,
      processes: () => this.#processes,
      say: this.#say,
    });
    this.clients.push(client);
    this.#say(`${client.name} of account ${account} begins`);
    void client.run();
  }

  async #start(name: string): Promise<void> {
    const random = this.#random;
    this.#say(`${name} starts`);
    const process = await startProcess({
      name,
      time: this.time,
      store: this.#store,
      fate: this.#fate,
      retentionMs: RETENTION_MS,
      isRemote: random.chance(0.3),
      everyMs: random.pick([100, 200, 900]),
      ring: () => this.#ring(name),
      mutation: this.#mutation,
    });
    this.#processes.push(process);
  }

  /** A bell may be lost, late, or doubled. */
  #ring(from: string): void {
    for (const process of this.#processes) {
      if (process.name === from || this.#random.chance(0.3)) continue;
      for (let i = this.#random.between(1, 2); i > 0; i--)
        this.time.after(this.#random.between(0, 30), () => process.party.isDead || process.wake());
    }
  }

  #event(): void {
    const random = this.#random;
    const drawn = random.next();
    if (drawn < 0.45) this.#sender.send(1);
    else if (drawn < 0.52) this.#sender.send(random.between(2, 20));
    else if (drawn < 0.53) this.#sender.send(random.between(60, 260));
    else if (drawn < 0.58) void this.#sender.deliverAgain();
    else if (drawn < 0.66) this.#commands.move();
    else if (drawn < 0.74) this.#commands.member();
    else if (drawn < 0.79) this.#commands.delete();
    else if (drawn < 0.82) this.#commands.claim();
    else if (drawn < 0.825 && this.#keys.length > 1) this.#commands.revoke(random.pick(this.#keys));
    else if (drawn < 0.85) this.#prune();
    else if (drawn < 0.88) this.#crash();
    else if (drawn < 0.92) this.#stall();
    else if (drawn < 0.925) this.#addClient();
    else if (this.clients.length > 0) {
      const client = random.pick(this.clients);
      if (random.chance(0.3)) this.#contend(client);
      else this.#disturb(client);
    }
  }

  #prune(): void {
    const process = this.#processes.find((each) => each.isServing());
    process?.prune().catch(() => undefined);
  }

  #crash(): void {
    const random = this.#random;
    const running = this.#processes.filter(({ party }) => !party.isDead);
    if (running.length === 0) return;
    const process = random.pick(running);
    const isDrain = random.chance(0.3);
    this.#say(`${process.name} ${isDrain ? "is stopped" : "is killed"}`);
    const lose = () => {
      for (const client of this.clients) client.lose(process);
    };
    if (isDrain) void process.drain().then(lose);
    else {
      process.kill();
      lose();
    }
    this.time.after(random.between(0, 3_000), () => void this.#start(`${process.name}'`));
  }

  #stall(): void {
    const random = this.#random;
    const until = this.time.now + random.between(50, 4_000);
    const all = random.chance(0.3);
    for (const { party } of this.#processes) if (all || random.chance(0.5)) party.stalledUntil = until;
    this.#say("the store stalls");
  }

  /** It comes back while what it may see changes, and while much is said to all. */
  #contend(client: Client): void {
    const random = this.#random;
    client.isInHaste = true;
    client.leave();
    const work = () =>
      client.account < 3 && random.chance(0.7)
        ? this.#commands.leave(client.account, random.between(3, 4))
        : this.#commands.delete();
    this.time.after(random.between(0, 20), work);
    const numbers = NUMBERS.slice(0, 4);
    for (let ms = random.between(0, 20); ms < 120; ms += random.between(1, 20))
      this.time.after(ms, () => this.#sender.send(1, random.pick(numbers)));
  }

  #disturb(client: Client): void {
    const random = this.#random;
    if (random.chance(0.4)) client.leave();
    else client.pausedUntil = this.time.now + random.between(100, random.pick([1_000, 5_000, 25_000]));
  }
}
