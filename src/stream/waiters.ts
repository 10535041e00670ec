/**
 * Those who wait for the next message that they would find. Each hears what the tail announces from the moment it
 * was added; where nobody waits, that costs nothing.
 */
import type { Access, Guard } from "../keys/authenticator.ts";
import type { StoredMessage } from "../message.ts";
import type { News } from "../messages/changefeed.ts";
import { admits, lazyText } from "../messages/filter.ts";
import type { HistoryFilter } from "../messages/history.ts";

export type Reason = "timeout" | "left" | "shutdown" | "revoked" | "overloaded";

/** What it heard, or why it heard nothing up to which position. */
export type WaitEnd =
  | { readonly found: StoredMessage }
  | { readonly reason: Reason; readonly position: number };

export interface Wait {
  readonly keyId: number;
  /** As it stands now. */
  readonly filter: HistoryFilter;
  /** It does so once. */
  readonly ended: Promise<WaitEnd>;
  readonly end: (reason: Reason) => void;
}

interface Waiting extends Wait {
  filter: HistoryFilter;
  readonly hear: (found: StoredMessage) => void;
  /** Of the directory, when what it sees was last judged. */
  judgedAt: number;
}

export class Waits {
  readonly #guard: Guard;
  readonly #waiting = new Set<Waiting>();
  readonly #byAccount = new Map<number, Set<Waiting>>();
  #position: number;
  #judged: number;

  /** `position`: everything that is announced later will be heard. */
  constructor(guard: Guard, position: number) {
    this.#guard = guard;
    this.#position = position;
    this.#judged = guard.version;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Waits from now on. */
  add(access: Access, filter: HistoryFilter): Wait {
    const { promise: ended, resolve } = Promise.withResolvers<WaitEnd>();
    const settle = (how: WaitEnd) => {
      if (this.#waiting.delete(waiting)) this.#unsee(waiting);
      resolve(how);
    };
    const waiting: Waiting = {
      keyId: access.keyId,
      judgedAt: access.version,
      filter,
      ended,
      end: (reason) => settle({ reason, position: this.#position }),
      hear: (found) => settle({ found }),
    };
    this.#waiting.add(waiting);
    this.#see(waiting);
    return waiting;
  }

  announce({ messages, through }: News): void {
    if (this.#waiting.size > 0) this.#hear(messages);
    this.#position = through;
  }

  /** After a change of the directory: ends the waits of revoked keys, and has the others see what they may. */
  async judge(version: number): Promise<void> {
    if (version === this.#judged) return;
    const accesses = await this.#guard.current([...new Set([...this.#waiting].map(({ keyId }) => keyId))]);
    for (const waiting of [...this.#waiting]) {
      const access = accesses.get(waiting.keyId);
      if (!access) {
        // One that was added meanwhile was judged by this version, or a later one.
        if (waiting.judgedAt < version) waiting.end("revoked");
      } else if (access.version > waiting.judgedAt) this.#judgeOne(waiting, access);
    }
    this.#judged = version;
  }

  endAll(reason: Reason): void {
    for (const waiting of [...this.#waiting]) waiting.end(reason);
  }

  /** The first that it would find ends a wait; the words of each text are taken apart once, for all. */
  #hear(messages: readonly StoredMessage[]): void {
    for (const stored of messages) {
      if (stored.account_id === null) continue;
      const text = lazyText(stored.message);
      for (const waiting of [...(this.#byAccount.get(stored.account_id) ?? [])])
        if (admits(waiting.filter, stored.message, text)) waiting.hear(stored);
    }
  }

  #judgeOne(waiting: Waiting, access: Access): void {
    if (!access.scopes.includes("sms:read")) return waiting.end("revoked");
    this.#unsee(waiting);
    waiting.judgedAt = access.version;
    waiting.filter = { ...waiting.filter, accounts: access.sees };
    this.#see(waiting);
  }

  #see(waiting: Waiting): void {
    for (const account of waiting.filter.accounts) {
      const seeing = this.#byAccount.get(account);
      if (seeing) seeing.add(waiting);
      else this.#byAccount.set(account, new Set([waiting]));
    }
  }

  #unsee(waiting: Waiting): void {
    for (const account of waiting.filter.accounts) {
      const seeing = this.#byAccount.get(account);
      seeing?.delete(waiting);
      if (seeing?.size === 0) this.#byAccount.delete(account);
    }
  }
}
