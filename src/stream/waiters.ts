/**
 * Those who wait for the next message that they would find. Each hears what the tail announces to its accounts from
 * the moment it was added; where nobody waits, that costs nothing. What it hears is only where to look: whether it may be handed
 * over is decided there, by what its key sees then.
 */

import type { Access } from "../keys/access.ts";
import type { News } from "../messages/changefeed.ts";
import type { HistoryFilter } from "../messages/historyquery.ts";
import { Multimap } from "../platform/multimap.ts";
import { RecentTexts } from "../search/texts.ts";
import type { Session, Sessions } from "./sessions.ts";

export type Reason = "timeout" | "left" | "shutdown" | "revoked" | "overloaded";

/** The longest that a timer of the runtime takes; no wait lasts as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Wait implements Session {
  readonly keyId: number;
  /** Whose key it is. */
  readonly accountId: number;
  readonly #waits: Waits;
  #access: Access;
  /** Replaced, never altered: who read by an earlier one is told by it. */
  #filter: HistoryFilter;
  #reason: Reason | null = null;
  #heard: number | null = null;
  /** Renewed by {@link listen}: each hears one message. */
  #woken = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  #expiry: ReturnType<typeof setTimeout> | null = null;

  constructor(waits: Waits, access: Access, filter: Omit<HistoryFilter, "accounts">) {
    this.#waits = waits;
    this.keyId = access.keyId;
    this.accountId = access.account.id;
    this.#access = access;
    this.#filter = { ...filter, accounts: access.sees };
    this.#expireAt(access.expiresAt);
  }

  get judgedAt(): number {
    return this.#access.version;
  }

  /** As it was last judged. */
  get access(): Access {
    return this.#access;
  }

  /** As it stands now. */
  get filter(): HistoryFilter {
    return this.#filter;
  }

  /** Why it is over; null while it goes on. */
  get reason(): Reason | null {
    return this.#reason;
  }

  /** Aborted when it is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves when something was heard since {@link listen}, or it is over. */
  get woken(): Promise<void> {
    return this.#woken.promise;
  }

  /** The seq of the first message since {@link listen} that it may find. */
  get heard(): number | null {
    return this.#heard;
  }

  /** From now on, forgetting what was heard before. */
  listen(): void {
    this.#heard = null;
    if (this.#reason === null) this.#woken = Promise.withResolvers();
  }

  hear(seq: number): void {
    this.#heard ??= seq;
    this.#woken.resolve();
  }

  accept(access: Access): void {
    this.#access = access;
    this.#expireAt(access.expiresAt);
    if (access.sees.join() === this.#filter.accounts.join()) return;
    this.#waits.unsee(this);
    this.#filter = { ...this.#filter, accounts: access.sees };
    this.#waits.see(this);
  }

  /** What is found meanwhile may still be handed over, unless it was revoked: so that reason replaces others. */
  close(reason: Reason): void {
    if (this.#reason === null || reason === "revoked") this.#reason = reason;
    this.#woken.resolve();
    this.#over.abort();
  }

  /** Once it was answered: nothing of it is left. */
  remove(): void {
    this.#expireAt(null);
    this.#waits.remove(this);
  }

  #expireAt(time: number | null): void {
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = null;
    if (time === null) return;
    const ms = Math.min(Math.max(0, time - this.#waits.now()), LONGEST_TIMER_MS);
    this.#expiry = setTimeout(() => this.close("revoked"), ms);
  }
}

export class Waits {
  /** Milliseconds since 1970: keys expire by the wall clock. */
  readonly now: () => number;
  /** Of what was announced a moment ago: each is taken apart once, for all who wait. */
  readonly texts = new RecentTexts();
  readonly #sessions: Sessions;
  readonly #byAccount = new Multimap<number, Wait>();

  constructor(sessions: Sessions, now: () => number) {
    this.#sessions = sessions;
    this.now = now;
  }

  /** From now on: in the turn in which the access was handed over. */
  add(access: Access, filter: Omit<HistoryFilter, "accounts">): Wait {
    const wait = new Wait(this, access, filter);
    this.#sessions.add(wait);
    this.see(wait);
    return wait;
  }

  remove(wait: Wait): void {
    this.#sessions.delete(wait);
    this.unsee(wait);
  }

  /** The texts are looked through by those who wait, each in its slices of time: here it costs what they are many. */
  announce({ messages }: News): void {
    const firsts = new Map<number, number>();
    for (const { account_id, seq } of messages)
      if (account_id !== null && !firsts.has(account_id)) firsts.set(account_id, seq);
    for (const [account, seq] of firsts) for (const wait of this.#byAccount.get(account)) wait.hear(seq);
  }

  see(wait: Wait): void {
    for (const account of wait.filter.accounts) this.#byAccount.add(account, wait);
  }

  unsee(wait: Wait): void {
    for (const account of wait.filter.accounts) this.#byAccount.delete(account, wait);
  }
}
