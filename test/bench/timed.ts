/** How long something takes, over and over. */
import { atMost, type Figure, figure, median, percentile } from "./figures.ts";

const TIMES = 40;

interface Took {
  readonly median: number;
  readonly p99: number;
}

export async function timed(work: () => Promise<void>): Promise<Took> {
  const took: number[] = [];
  await work();
  for (let i = 0; i < TIMES; i++) {
    const startedAt = performance.now();
    await work();
    took.push(performance.now() - startedAt);
  }
  return { median: median(took), p99: percentile(took, 0.99) };
}

export function shown(what: string, took: Took): Figure[] {
  return [
    figure(`${what}, median`, "ms", took.median, atMost(10)),
    figure(`… of ${TIMES}, the slowest`, "ms", took.p99),
  ];
}
