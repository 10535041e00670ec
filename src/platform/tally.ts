/** Counters by a closed set of names, each there from the start: what counts costs one addition. */

export class Tally<Name extends string> {
  readonly #counts: Record<Name, number>;

  constructor(names: readonly Name[]) {
    this.#counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  }

  add(name: Name, by = 1): void {
    this.#counts[name] += by;
  }

  get counts(): Readonly<Record<Name, number>> {
    return this.#counts;
  }
}
