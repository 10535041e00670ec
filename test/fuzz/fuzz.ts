/** Tries so many spoiled inputs on each target in turn. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keepJson } from "../harness/kept.ts";
import { Random } from "../simulation/random.ts";
import kept from "./corpus.json";
import { environment } from "./environment.ts";
import { requests } from "./requests.ts";
import { spoil } from "./spoil.ts";
import type { Target } from "./target.ts";
import { commandLines, credentials, cursors, values } from "./values.ts";
import { events } from "./webhook.ts";

const CORPUS = join(import.meta.dir, "corpus.json");

/** Inputs that once found something, by target: each is tried as it is, in every run. */
const corpus: Readonly<Record<string, readonly string[]>> = kept;

export interface Found {
  readonly target: string;
  readonly input: string;
  readonly fault: string;
}

/** Requests that are under way at once. */
const AT_ONCE = 32;

export async function allTargets(): Promise<Target[]> {
  return [events, cursors, credentials, values, environment, commandLines, await requests()];
}

/** What was found; the same seed tries the same inputs, in the same order where one is tried at a time. */
export async function fuzz(
  target: Target,
  runs: number,
  seed: number,
  isOver = () => false,
): Promise<Found[]> {
  const random = new Random(seed);
  const before = corpus[target.name] ?? [];
  const inputs = [...target.corpus, ...before];
  const found: Found[] = [];
  let begun = 0;
  const lane = async () => {
    while (begun < runs && found.length === 0 && !isOver()) {
      const input = before[begun] ?? spoil(random, random.pick(inputs), inputs);
      begun++;
      const fault = await target.try(input, random);
      if (fault !== null) found.push({ target: target.name, input, fault });
    }
  };
  await Promise.all(Array.from({ length: target.name === "requests" ? AT_ONCE : 1 }, lane));
  return found;
}

/** Adds what was found to corpus.json, where it stays. */
export function keep(found: readonly Found[]): void {
  if (found.length === 0) return;
  const next: Record<string, string[]> = JSON.parse(readFileSync(CORPUS, "utf8"));
  for (const { target, input } of found) next[target] = [...new Set([...(next[target] ?? []), input])];
  keepJson(CORPUS, next);
}
