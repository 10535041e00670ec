/**
 * What is true in a simulated run: every row that was ever committed, and who might see what at each version of the
 * directory. It looks after each commit, so that nothing comes between; the product is held against it.
 */
import type { Store } from "./store.ts";

export interface Committed {
  readonly seq: number;
  readonly id: string;
  readonly account: number | null;
  readonly to: string;
  /** The oldest version of the directory by which a process judged its streams when this was committed. */
  readonly judged: number;
  /** Counts commits: when it was deleted, claimed or removed by age. */
  goneAt: number | null;
}

interface Directory {
  readonly version: number;
  /** What each key may see; a key that is revoked is absent. */
  readonly seen: ReadonlyMap<number, ReadonlySet<number>>;
}

const SEEN = `SELECT k.id, k.account_id, m.team_id FROM keys k LEFT JOIN members m ON m.user_id = k.account_id
  WHERE k.revoked_at IS NULL`;

export class Truth {
  /** By seq. */
  readonly rows = new Map<number, Committed>();
  readonly violations: string[] = [];
  /** How many transactions there were. */
  commits = 0;
  /** How many messages were handed to clients, and held against this. */
  deliveries = 0;
  acknowledged = 0;
  /** The store, once it is there. */
  store: Store | null = null;
  /** The oldest version by which a living process judges. */
  judged: () => number = () => 0;
  /** What somebody asked to have deleted. */
  readonly unwanted = new Set<string>();
  /** Seqs that retention removed. */
  readonly pruned = new Set<number>();
  readonly #present = new Set<number>();
  readonly #live = new Map<string, number>();
  /** Gone for good: deleted, or removed by age. */
  readonly #gone = new Set<string>();
  readonly #everStored = new Set<string>();
  readonly #stored = new Set<string>();
  readonly #directories: Directory[] = [];
  #newest = 0;

  violate(what: string): void {
    this.violations.push(what);
  }

  /** After each transaction. */
  look(): void {
    const { store } = this;
    if (!store) return;
    this.commits++;
    const { directoryVersion, prunedThrough } = store.installation();
    if (this.#directories.at(-1)?.version !== directoryVersion) this.#noteDirectory(store, directoryVersion);
    const added = store.now({
      sql: `SELECT seq, message_id, account_id, "to" FROM messages WHERE seq > ? ORDER BY seq`,
      args: [this.#newest],
    }).rows;
    const count = Number(store.now("SELECT count(*) AS n FROM messages").rows[0]?.n);
    const claimed = new Set(added.map((row) => String(row.message_id)));
    if (count !== this.#present.size + added.length) this.#noteGone(store, prunedThrough, claimed);
    for (const row of added) {
      const seq = Number(row.seq);
      const id = String(row.message_id);
      this.#newest = seq;
      if (this.#live.has(id)) this.violate(`${id} is stored twice`);
      else if (this.#gone.has(id)) this.violate(`${id} came back after it was deleted`);
      const account = row.account_id === null ? null : Number(row.account_id);
      const committed = { seq, id, account, to: String(row.to), judged: this.judged(), goneAt: null };
      this.rows.set(seq, committed);
      this.#present.add(seq);
      this.#live.set(id, seq);
      this.#everStored.add(id);
    }
  }

  /** Somebody was told that this is stored. */
  acknowledge(id: string, outcome: string): void {
    this.acknowledged++;
    if (!this.#everStored.has(id)) this.violate(`${id} was acknowledged and is not stored`);
    if (outcome === "duplicate") return;
    if (this.#stored.has(id)) this.violate(`${id} was called new twice`);
    this.#stored.add(id);
  }

  /** Whether the key might see the account by some directory since this version; and by all of them. */
  sees(keyId: number, account: number, since: number): { some: boolean; all: boolean } {
    const first = this.#directories.findLastIndex(({ version }) => version <= since);
    const directories = this.#directories.slice(Math.max(0, first));
    const may = ({ seen }: Directory) => seen.get(keyId)?.has(account) ?? false;
    return { some: directories.some(may), all: directories.every(may) };
  }

  #noteDirectory(store: Store, version: number): void {
    const seen = new Map<number, Set<number>>();
    for (const row of store.now(SEEN).rows) {
      const accounts = seen.get(Number(row.id)) ?? new Set([Number(row.account_id)]);
      if (row.team_id !== null) accounts.add(Number(row.team_id));
      seen.set(Number(row.id), accounts);
    }
    this.#directories.push({ version, seen });
  }

  #noteGone(store: Store, prunedThrough: number, claimed: ReadonlySet<string>): void {
    const left = new Set(store.now("SELECT seq FROM messages").rows.map(({ seq }) => Number(seq)));
    for (const seq of this.#present) {
      const row = this.rows.get(seq);
      if (left.has(seq) || !row) continue;
      row.goneAt = this.commits;
      this.#present.delete(seq);
      this.#live.delete(row.id);
      if (row.account === null && claimed.has(row.id)) continue;
      this.#gone.add(row.id);
      if (seq <= prunedThrough) this.pruned.add(seq);
      else if (!this.unwanted.has(row.id)) this.violate(`${row.id} at ${seq} vanished`);
    }
  }
}
