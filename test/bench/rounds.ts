/** Rounds of both contestants in turn, so that what the machine does besides falls on both. */
import { type Contestant, startBare, startInlet } from "./contestants.ts";
import { type Both, medians } from "./figures.ts";

/** Of each part, unless it says otherwise. `BENCH_ROUNDS=1` is for a quick look. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

type Values = Record<string, number>;

export async function inTurn<T extends Values>(
  measure: (server: Contestant) => Promise<T>,
): Promise<{ inlet: T[]; bare: T[] }> {
  const measured: { inlet: T[]; bare: T[] } = { inlet: [], bare: [] };
  for (let i = 0; i < ROUNDS; i++) {
    const bare = await startBare();
    measured.bare.push(await measure(bare));
    await bare.stop();
    const inlet = await startInlet();
    measured.inlet.push(await measure(inlet));
    await inlet.stop();
  }
  return measured;
}

/** The medians of each value, of both. */
export function beside<T extends Values>({ inlet, bare }: { inlet: T[]; bare: T[] }): Record<keyof T, Both> {
  const [ours, theirs] = [medians(inlet), medians(bare)];
  const names = Object.keys(ours);
  return Object.fromEntries(
    names.map((name) => [name, { inlet: ours[name], other: theirs[name] }]),
  ) as Record<keyof T, Both>;
}

/** The medians of what has nothing to be held against. */
export async function repeated<T extends Values>(measure: () => Promise<T>): Promise<T> {
  const measured: T[] = [];
  for (let i = 0; i < ROUNDS; i++) measured.push(await measure());
  return medians(measured) as T;
}
