/**
 * Those who wait for the next message that they would find. From the moment it was added, each hears what the change
 * feed announces to its accounts; where nobody waits, that costs nothing. What it hears is only where to look: whether
 * a message may be handed over is decided where it is found, by what the key sees then.
 */

import type { Principal } from "../keys/principal.ts";
import type { Batch } from "../messages/changefeed.ts";
import type { HistoryFilter } from "../messages/historyquery.ts";
import { isSame } from "../messages/visibility.ts";
import { TextCache } from "../search/textcache.ts";
import { AccountGroups } from "./groups.ts";
import type { Session, Sessions } from "./sessions.ts";

export type Reason = "timeout" | "left" | "shutdown" | "revoked" | "overloaded";

/** The longest that a timer of the runtime takes; no wait lasts as long. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Waiter implements Session {
  readonly keyId: number;
  /** Whose key it is. */
  readonly accountId: number;
  readonly #waiters: Waiters;
  #principal: Principal;
  /** Replaced, never altered: who read by an earlier one is told by it. */
  #filter: HistoryFilter;
  /** A timeout, the client, a shutdown or a revocation may end it, in any order: the first counts, or the revocation. */
  #reason: Reason | null = null;
  /** Only the first: from there on all is looked through anyway. */
  #heard: number | null = null;
  /** Renewed by {@link listen}: each hears one message. */
  #woken = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  /** Set anew with each principal: a rotation moves the key's expiry. */
  #expiry: ReturnType<typeof setTimeout> | null = null;

  constructor(waiters: Waiters, principal: Principal, filter: Omit<HistoryFilter, "accounts">) {
    this.#waiters = waiters;
    this.keyId = principal.keyId;
    this.accountId = principal.account.id;
    this.#principal = principal;
    this.#filter = { ...filter, accounts: principal.accountIds };
    this.#expireAt(principal.expiresAt);
  }

  get directoryVersion(): number {
    return this.#principal.version;
  }

  /** As it was last judged. */
  get principal(): Principal {
    return this.#principal;
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

  wake(seq: number): void {
    this.#heard ??= seq;
    this.#woken.resolve();
  }

  accept(principal: Principal): void {
    this.#principal = principal;
    this.#expireAt(principal.expiresAt);
    if (isSame(principal.accountIds, this.#filter.accounts)) return;
    this.#waiters.unsee(this);
    this.#filter = { ...this.#filter, accounts: principal.accountIds };
    this.#waiters.see(this);
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
    this.#waiters.remove(this);
  }

  #expireAt(time: number | null): void {
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = null;
    if (time === null) return;
    const ms = Math.min(Math.max(0, time - this.#waiters.now()), MAX_TIMER_MS);
    this.#expiry = setTimeout(() => this.close("revoked"), ms);
  }
}

export class Waiters {
  /** Milliseconds since 1970: keys expire by the wall clock. */
  readonly now: () => number;
  /** Of what was announced a moment ago: each is taken apart once, for all who wait. */
  readonly texts = new TextCache();
  readonly #sessions: Sessions;
  readonly #groups = new AccountGroups<Waiter>();

  constructor(sessions: Sessions, now: () => number) {
    this.#sessions = sessions;
    this.now = now;
  }

  /** It hears from now on. To be called in the turn in which the principal was handed over. */
  add(principal: Principal, filter: Omit<HistoryFilter, "accounts">): Waiter {
    const wait = new Waiter(this, principal, filter);
    this.#sessions.add(wait);
    this.see(wait);
    return wait;
  }

  remove(wait: Waiter): void {
    this.#sessions.delete(wait);
    this.unsee(wait);
  }

  /** The texts are looked through by those who wait, each in its slices of time: here only their number costs. */
  announce({ messages }: Batch): void {
    const firsts = new Map<number, number>();
    for (const { account_id, seq } of messages)
      if (account_id !== null && !firsts.has(account_id)) firsts.set(account_id, seq);
    for (const [account, seq] of firsts) for (const wait of this.#groups.of(account)) wait.wake(seq);
  }

  see(wait: Waiter): void {
    this.#groups.add(wait.filter.accounts, wait);
  }

  unsee(wait: Waiter): void {
    this.#groups.delete(wait.filter.accounts, wait);
  }
}
