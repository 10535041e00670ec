/**
 * `bun run simulate-faults --seeds 1000`: so many runs, each of its own seed. `--seconds N` ends earlier, `--seed N` is one run, with its log;
 * `--mutation NAME` puts a fault into the product first. Seeds that fail are added to failed.json, and stay there.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keepJson } from "../harness/kept.ts";
import kept from "./failed.json";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { simulate } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seconds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    mutation: { type: "string" },
  },
});
const mutation = values.mutation === undefined ? null : asMutation(values.mutation);

function asMutation(name: string): Mutation {
  const found = MUTATIONS.find((each) => each === name);
  if (found) return found;
  process.stderr.write(`--mutation is ${name}, and may be: ${MUTATIONS.join(", ")}\n`);
  process.exit(2);
}

if (values.seed !== undefined) {
  const run = simulate(Number(values.seed), mutation, (line) => process.stdout.write(`${line}\n`));
  for (const violation of run.violations) process.stderr.write(`${violation}\n`);
  process.exit(run.violations.length > 0 ? 1 : 0);
}
const startedAt = performance.now();
const from = Number(values.from ?? Math.floor(Math.random() * 1e9));
const found: number[] = [];
let [deliveries, acknowledged, commits] = [0, 0, 0];
const end =
  values.seconds === undefined ? Number.POSITIVE_INFINITY : startedAt + Number(values.seconds) * 1000;
let seed = from;
for (; seed < from + Number(values.seeds) && performance.now() < end; seed++) {
  const run = simulate(seed, mutation);
  deliveries += run.deliveries;
  acknowledged += run.acknowledged;
  commits += run.commits;
  if (run.violations.length === 0) continue;
  found.push(seed);
  process.stderr.write(
    `seed ${seed}: ${run.violations.length} violations, the first: ${run.violations[0]}\n`,
  );
}
if (mutation === null && found.length > 0) {
  const all = [...new Set([...kept, ...found])];
  keepJson(join(import.meta.dir, "failed.json"), all);
}
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
process.stdout.write(
  `${JSON.stringify({ seeds: seed - from, from, failed: found.length, commits, acknowledged, deliveries, seconds })}\n`,
);
process.exit(found.length > 0 ? 1 : 0);
