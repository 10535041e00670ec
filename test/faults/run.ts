/**
 * `bun run fail-disk`: each call to the disk fails in turn, until there are no more of its kind, and power is lost now
 * and then. `--seconds N` takes a random part of it. The last line is one JSON object.
 */
import { parseArgs } from "node:util";
import { stopEverything } from "../harness/cleanup.ts";
import { CALLS, type Call, failNth, nameOf } from "./nthcall.ts";
import { losePower } from "./powerloss.ts";
import { makeTemplate } from "./template.ts";

const { values } = parseArgs({ options: { seconds: { type: "string" } } });
/** How many are tried at once. */
const LANES = 2;
/** A loss of power for so many failed calls. */
const CALLS_PER_LOSS = 2;

const end =
  values.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(values.seconds) * 1000;
const template = await makeTemplate();
const counts = { failedCalls: 0, powerLosses: 0, acknowledged: 0, faults: 0 };
const isOver = new Set<Call>();

function note(
  what: string,
  { acknowledged, faults }: { acknowledged: number; faults: readonly string[] },
): void {
  counts.acknowledged += acknowledged;
  counts.faults += faults.length;
  for (const fault of faults) process.stderr.write(`${what}: ${fault}\n`);
}

/** All in turn, or by chance where there is not time for all. */
function* plan(): Generator<[Call, number]> {
  if (values.seconds === undefined) {
    for (const call of CALLS) for (let n = 1; !isOver.has(call); n++) yield [call, n];
    return;
  }
  for (;;) for (const call of CALLS) yield [call, 1 + Math.floor(Math.random() * call.about)];
}

const planned = plan();

async function lane(): Promise<void> {
  let n = 0;
  for (const [call, nth] of planned) {
    const failed = await failNth(template, call, nth);
    if (failed.hasFired) counts.failedCalls++;
    else isOver.add(call);
    note(`${nameOf(call)}, the ${nth}th`, failed);
    if (++n % CALLS_PER_LOSS === 0) {
      note("a loss of power", await losePower(template));
      counts.powerLosses++;
    }
    if (performance.now() > end) return;
  }
}

await Promise.all(Array.from({ length: LANES }, lane));
await stopEverything();
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(counts.faults > 0 ? 1 : 0);
