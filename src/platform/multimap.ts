/** Several values to a key. A key without values takes no memory. */

export class Multimap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  /** In the order in which they were first added. */
  keys(): Iterable<K> {
    return this.#sets.keys();
  }

  /** A live view: values that are added or deleted while it is walked through count. */
  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? EMPTY;
  }

  add(key: K, value: V): void {
    const values = this.#sets.get(key);
    if (values) values.add(value);
    else this.#sets.set(key, new Set([value]));
  }

  /** False when it was not there. */
  delete(key: K, value: V): boolean {
    const values = this.#sets.get(key);
    if (!values?.delete(value)) return false;
    if (values.size === 0) this.#sets.delete(key);
    return true;
  }
}

const EMPTY: ReadonlySet<never> = new Set();
