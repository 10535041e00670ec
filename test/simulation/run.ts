/** One seed, one run: what was found, and what happened. */
import type { Mutation } from "./mutations.ts";
import { World } from "./world.ts";

export interface Run {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly deliveries: number;
  readonly acknowledged: number;
  readonly commits: number;
  /** Of every line of its log: two runs of a seed have the same. */
  readonly digest: string;
}

/** All of it in one turn of the real event loop. `onLine` is told what happens. */
export function simulate(
  seed: number,
  mutation: Mutation | null = null,
  onLine: (line: string) => void = () => undefined,
): Run {
  const hasher = new Bun.CryptoHasher("sha256");
  const world = new World(seed, mutation, (line) => {
    hasher.update(`${line}\n`);
    onLine(line);
  });
  const uninstall = world.time.install();
  try {
    world.begin();
    world.end();
  } finally {
    uninstall();
  }
  const { violations, deliveries, acknowledged, commits } = world.truth;
  return { seed, violations, deliveries, acknowledged, commits, digest: hasher.digest("hex") };
}
