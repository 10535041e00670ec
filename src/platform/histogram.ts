/** How often a quantity was how large: a count for each bound, and the sum of all. */

/** Of what takes milliseconds as a rule, in seconds. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

export class Histogram {
  /** Ascending; what is larger than the last is counted in {@link count} alone. */
  readonly bounds: readonly number[];
  /** Of each bound: what was at most that, and more than the one before. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[] = SECONDS) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  /** One comparison for each bound: some 20 ns. */
  observe(value: number): void {
    this.sum += value;
    this.count++;
    const at = this.bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.counts[at] = (this.counts[at] ?? 0) + 1;
  }
}
