/**
 * Readers by the accounts that they see, of which there may be thousands: those who see the same ones are a group, which
 * has one entry under each account. So who comes or goes costs next to nothing while another of its group is there.
 */
import { Multimap } from "../platform/multimap.ts";

class Group<Member> {
  readonly accounts: readonly number[];
  readonly members = new Set<Member>();

  constructor(accounts: readonly number[]) {
    this.accounts = accounts;
  }
}

export class AccountGroups<Member> {
  /** None is empty. */
  readonly #groups = new Map<string, Group<Member>>();
  readonly #byAccount = new Multimap<number, Group<Member>>();

  /** The first of a group costs a millisecond for five thousand accounts. */
  add(accounts: readonly number[], member: Member): void {
    const key = accountsKey(accounts);
    const group = this.#groups.get(key) ?? new Group<Member>(accounts);
    if (group.members.size === 0) {
      this.#groups.set(key, group);
      for (const account of accounts) this.#byAccount.add(account, group);
    }
    group.members.add(member);
  }

  delete(accounts: readonly number[], member: Member): void {
    const key = accountsKey(accounts);
    const group = this.#groups.get(key);
    if (!group?.members.delete(member) || group.members.size > 0) return;
    this.#groups.delete(key);
    for (const account of group.accounts) this.#byAccount.delete(account, group);
  }

  /** Those who see it; none may be added or deleted while they are walked through. */
  *of(account: number): Generator<Member> {
    for (const { members } of this.#byAccount.get(account)) yield* members;
  }
}

/** Of five thousand accounts a key takes half a millisecond; what is open with one key shares its list. */
const keys = new WeakMap<readonly number[], string>();

/** Different lists have different keys; they hold digits and commas. */
export function accountsKey(accounts: readonly number[]): string {
  const known = keys.get(accounts);
  if (known !== undefined) return known;
  const key = accounts.join();
  keys.set(accounts, key);
  return key;
}
