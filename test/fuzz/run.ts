/**
 * `bun run fuzz`: a million spoiled inputs, shared out among the targets; `--runs N` makes more or fewer, `--seconds N`
 * ends earlier. What is found is added to corpus.json, and tried in every run from then on. The last line is one JSON object.
 */
import { parseArgs } from "node:util";
import { stopEverything } from "../harness/cleanup.ts";
import { allTargets, fuzz, keep } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    seconds: { type: "string" },
    seed: { type: "string" },
  },
});
/** In one go, so that all targets have their turn however short the time is. */
const RUNS_PER_ROUND = 500;

const end =
  values.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(values.seconds) * 1000;
const isOver = () => performance.now() > end;
let seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
let inputs = 0;
let faults = 0;
const targets = await allTargets();
while (inputs < Number(values.runs) && !isOver()) {
  for (const target of targets) {
    const found = await fuzz(target, RUNS_PER_ROUND, seed, isOver);
    inputs += RUNS_PER_ROUND;
    faults += found.length;
    for (const { input, fault } of found)
      process.stderr.write(`${target.name}, seed ${seed}: ${JSON.stringify(input)}: ${fault}\n`);
    keep(found);
  }
  seed++;
}
await stopEverything();
process.stdout.write(`${JSON.stringify({ inputs, faults })}\n`);
process.exit(faults > 0 ? 1 : 0);
