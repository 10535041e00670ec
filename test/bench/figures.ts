/** What a part of the benchmark reports, and how rounds become one figure. */

export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly inlet: number;
  /** The same in the same run, of the least that could work (bare.ts) or of who is named. */
  readonly other?: number;
  /** The most (or the least) that it may be: of Inlet's own value, or of its ratio to the other. */
  readonly target?: Target;
}

export type Target = { readonly of: "value" | "ratio" } & (
  | { readonly most: number }
  | { readonly least: number }
);

export interface Both {
  readonly inlet: number;
  readonly other: number;
}

/** `value` is Inlet's alone, or that of both. */
export function figure(what: string, unit: string, value: number | Both, target?: Target): Figure {
  const values = typeof value === "number" ? { inlet: value } : value;
  return { what, unit, ...values, ...(target ? { target } : {}) };
}

export const ratioAtMost = (most: number): Target => ({ of: "ratio", most });
export const atMost = (most: number): Target => ({ of: "value", most });
export const atLeast = (least: number): Target => ({ of: "value", least });

export function ratio({ inlet, other }: Figure): number | null {
  return other === undefined ? null : inlet / other;
}

/** Null where there is no target. */
export function isMet(figure: Figure): boolean | null {
  const { target, inlet } = figure;
  if (!target) return null;
  const value = target.of === "ratio" ? (ratio(figure) ?? Number.NaN) : inlet;
  return "most" in target ? value <= target.most : value >= target.least;
}

/** Of each value its median over the rounds. */
export function medians<Name extends string>(rounds: readonly Record<Name, number>[]): Record<Name, number> {
  const names = Object.keys(rounds[0] ?? {}) as Name[];
  const entries = names.map((name) => [name, median(rounds.map((values) => values[name]))]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * The straight line with the least squares of the *relative* distances (the noise grows with the value, and a large
 * one would drown the small): what each `x` more costs, and what there is at none.
 */
export function line(points: readonly { x: number; y: number }[]): { slope: number; intercept: number } {
  const weights = points.reduce((sum, { y }) => sum + 1 / y ** 2, 0);
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point) / point.y ** 2, 0) / weights;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
  return { slope, intercept: y - slope * x };
}
