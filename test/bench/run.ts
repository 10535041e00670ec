/**
 * `bun run bench [PART …]`: Inlet against the least that could work, in the same run and in turn, so that what the
 * machine does besides falls on both. CPU time is the operating system's; each figure is the median of several
 * rounds. Prints a table and writes dist/bench.json. Without a part it runs all but `others`.
 */
import { mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { formatTable } from "../../src/commands/table.ts";
import { ROOT } from "../harness/binary.ts";
import { stopEverything } from "../harness/cleanup.ts";
import { delay } from "./delay.ts";
import { depth } from "./depth.ts";
import { fanOut } from "./fanout.ts";
import { type Figure, isMet, ratio, type Target } from "./figures.ts";
import { herd } from "./herd.ts";
import { independence } from "./independence.ts";
import { ingest } from "./ingest.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { others } from "./others.ts";
import { start } from "./start.ts";
import { workers } from "./workers.ts";

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  fanout: fanOut,
  ingest,
  delay,
  latency,
  memory,
  independence,
  herd,
  depth,
  start,
  workers,
  others,
};
/** What only runs when it is asked for. */
const ON_REQUEST = ["others"];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  process.stderr.write(`error: no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}\n`);
  process.exit(2);
}
const chosen = asked.length > 0 ? asked : Object.keys(PARTS).filter((name) => !ON_REQUEST.includes(name));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stopEverything().finally(() => process.exit(1)));

const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? "", bun: Bun.version, load: loadavg()[0] };
const startedAt = performance.now();
const seconds = () => Math.round((performance.now() - startedAt) / 1000);
const results: Record<string, Figure[]> = {};
let failed = false;
for (const name of chosen) {
  process.stdout.write(`${name} …\n`);
  try {
    const figures = (await PARTS[name]?.()) ?? [];
    results[name] = figures;
    print(figures);
  } catch (error) {
    failed = true;
    process.stderr.write(`error: ${name}: ${error instanceof Error ? (error.stack ?? error) : error}\n`);
  }
  await stopEverything();
}

const file = join(ROOT, "dist/bench.json");
mkdirSync(dirname(file), { recursive: true });
await Bun.write(file, `${JSON.stringify({ machine, seconds: seconds(), results }, null, 2)}\n`);
const missed = Object.values(results)
  .flat()
  .filter((each) => isMet(each) === false).length;
process.stdout.write(
  `${seconds()} s on ${machine.cores} cores (${machine.cpu}), Bun ${machine.bun}; targets missed: ${missed}; also in dist/bench.json\n`,
);
process.exit(failed ? 1 : 0);

function print(figures: readonly Figure[]): void {
  const columns: readonly (readonly [head: string, cell: (figure: Figure) => string])[] = [
    ["", ({ what }) => what],
    ["unit", ({ unit }) => unit],
    ["inlet", ({ inlet }) => shown(inlet)],
    ["other", ({ other }) => shown(other)],
    ["ratio", (each) => shown(ratio(each))],
    ["target", ({ target }) => (target ? shownTarget(target) : "")],
    ["met", (each) => ({ true: "yes", false: "NO", null: "" })[`${isMet(each)}`]],
  ];
  const table = columns.map(([head, cell]) => ({ head, cells: figures.map(cell), isProse: false }));
  process.stdout.write(`${formatTable(table, null)}\n`);
}

function shown(value: number | null | undefined): string {
  if (value === null || value === undefined) return "";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function shownTarget(target: Target): string {
  const bound = "most" in target ? `≤ ${target.most}` : `≥ ${target.least}`;
  return target.of === "ratio" ? `${bound}×` : bound;
}
