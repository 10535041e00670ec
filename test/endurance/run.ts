/**
 * `bun run endure`: kills, disks and networks, each for a share of a minute; `--seconds N` shares out another time, and
 * `bun run endure kills --seconds 300` is one of them, whose name begins or ends so. The last line is one JSON object.
 */
import { parseArgs } from "node:util";
import { stopEverything } from "../harness/cleanup.ts";
import { TRIALS } from "./trials.ts";

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" } },
  allowPositionals: true,
});
const chosen = TRIALS.filter(
  ({ name }) =>
    positionals.length === 0 || positionals.some((part) => name.toLowerCase().includes(part.toLowerCase())),
);
if (chosen.length === 0) {
  process.stderr.write(`there are: ${TRIALS.map(({ name }) => name).join("; ")}\n`);
  process.exit(2);
}
const figures: Record<string, Readonly<Record<string, number>>> = {};
let faults = 0;
for (const { name, run } of chosen) {
  const end = performance.now() + (Number(values.seconds) * 1000) / chosen.length;
  const outcome = await run(() => performance.now() > end).catch((error) => ({
    figures: {},
    faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }));
  figures[name] = outcome.figures;
  faults += outcome.faults.length;
  process.stderr.write(`${name}: ${JSON.stringify(outcome.figures)}\n`);
  for (const fault of outcome.faults) process.stderr.write(`${name}: ${fault}\n`);
}
await stopEverything();
process.stdout.write(`${JSON.stringify({ faults, figures })}\n`);
process.exit(faults > 0 ? 1 : 0);
