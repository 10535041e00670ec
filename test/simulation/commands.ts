/** The operator, in a simulated run: the product's commands, each a process of its own that may die in the middle. */

import type { Database } from "../../src/database/open.ts";
import { addMember, removeMember } from "../../src/directory/members.ts";
import { moveNumber, setActive } from "../../src/directory/numbers.ts";
import { CommandError, errorCode } from "../../src/errors.ts";
import { revokeKey } from "../../src/keys/store.ts";
import type { InboundMessage } from "../../src/message.ts";
import { claimMessages } from "../../src/messages/claim.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import type { Random } from "./random.ts";
import type { Fate, Party, Store } from "./store.ts";
import type { Time } from "./time.ts";
import type { Truth } from "./truth.ts";

export interface CommandsOptions {
  readonly time: Time;
  readonly truth: Truth;
  readonly store: Store;
  readonly numbers: readonly string[];
  /** What may be deleted. */
  readonly sent: readonly InboundMessage[];
  readonly fate: () => Fate;
  readonly say: (line: string) => void;
}

export class Commands {
  readonly #options: CommandsOptions;
  readonly #random: Random;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#random = options.time.random;
  }

  move(): void {
    const { numbers } = this.#options;
    const number = this.#random.pick(numbers.slice(0, 5));
    const [active, account] = [this.#random.chance(0.5), this.#random.between(1, 5)];
    if (this.#random.chance(0.3))
      this.#run("a number is switched", (database) => setActive(database, number, active));
    else this.#run("a number moves", (database) => moveNumber(database, number, account));
  }

  member(): void {
    const [team, user] = [this.#random.between(3, 4), this.#random.between(1, 2)];
    if (!this.#random.chance(0.6)) this.leave(user, team);
    else this.#run("a member comes", (database) => addMember(database, team, user, this.#options.time.now));
  }

  leave(user: number, team: number): void {
    this.#run("a member goes", (database) => removeMember(database, team, user));
  }

  delete(): void {
    const { sent, truth, time } = this.#options;
    if (sent.length === 0) return;
    const { message_id } = this.#random.pick(sent.slice(-20)).message;
    truth.unwanted.add(message_id);
    this.#run("a message is deleted", (database) => deleteMessage(database, message_id, time.now));
  }

  claim(): void {
    const number = this.#random.pick(this.#options.numbers);
    const [account, force] = [this.#random.between(1, 5), this.#random.chance(0.5)];
    this.#run("messages are claimed", (database) => claimMessages(database, number, account, force));
  }

  revoke(keyId: number): void {
    this.#run(`key ${keyId} is revoked`, (database) => revokeKey(database, keyId, this.#options.time.now));
  }

  /** A process of its own, which may die in the middle. */
  #run(what: string, work: (database: Database) => Promise<unknown>): void {
    const { time, store, truth, fate, say } = this.#options;
    const party: Party = { name: what, isDead: false, stalledUntil: 0, fate };
    const die = () => {
      party.isDead = true;
    };
    if (this.#random.chance(0.1)) time.after(this.#random.between(0, 30), die);
    work(store.openFor(party)).then(
      () => say(what),
      (error: unknown) => {
        const isKnown = error instanceof CommandError || errorCode(error)?.startsWith("SQLITE_");
        if (!isKnown) truth.violate(`${what}: ${error}`);
      },
    );
  }
}
