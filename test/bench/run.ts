/**
 * `bun run bench`: Inlet against the least that could work, in the same run and in turn, so that what the machine
 * does besides falls on both. CPU time is the operating system's; each figure is the median of the rounds. Prints a
 * table and writes dist/bench.json.
 */
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import Table from "cli-table3";
import { ROOT } from "../harness/binary.ts";
import { type Contestant, startBare, startInlet } from "./contestants.ts";
import { herd } from "./herd.ts";
import { latency } from "./latency.ts";
import { fanOut, idleStreams, ingest } from "./measures.ts";
import { median } from "./process.ts";

const ROUNDS = 3;
const STREAMS = 1_000;
const MESSAGES = 200;
const CONNECTIONS = 64;
const WEBHOOKS = 20_000;
const IDLE_STREAMS = 8_000;
const HERD = 5_000;
/** After so long the runtime has given back what opening the streams took. */
const REST_MS = 10_000;

type Figures = Record<string, number>;

/** The medians of each figure, of both in turn. */
async function compare(
  measure: (server: Contestant) => Promise<Figures>,
): Promise<{ inlet: Figures; bare: Figures }> {
  const rounds: Record<Contestant["name"], Figures[]> = { inlet: [], bare: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const start of [startBare, startInlet]) {
      const server = await start();
      rounds[server.name].push(await measure(server));
      await server.stop();
    }
  }
  return { inlet: medians(rounds.inlet), bare: medians(rounds.bare) };
}

/** The medians of what has nothing to be held against. */
async function rounds(measure: () => Promise<Figures>): Promise<Figures> {
  const all: Figures[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await measure());
  return medians(all);
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((figures) => figures[name] ?? 0))]));
}

const results = {
  [`fan-out, ${STREAMS} streams, ${MESSAGES} messages one by one`]: await compare((server) =>
    fanOut(server, STREAMS, MESSAGES),
  ),
  [`ingest, ${CONNECTIONS} connections, ${WEBHOOKS} webhooks`]: await compare(async (server) => {
    await ingest(server, CONNECTIONS, WEBHOOKS / 4);
    return ingest(server, CONNECTIONS, WEBHOOKS);
  }),
  [`${IDLE_STREAMS} idle streams`]: await compare((server) =>
    idleStreams(server, IDLE_STREAMS, () => Bun.sleep(REST_MS)),
  ),
};

const alone = {
  [`latency, 200 webhooks a second, 10 accounts, ${STREAMS} streams`]: await rounds(() => latency(STREAMS)),
  [`the return of ${HERD} clients, each 100 messages behind`]: await rounds(() => herd(HERD)),
};

const style = { head: [], border: [] };
const table = new Table({ head: ["", "figure", "inlet", "bare", "ratio"], style });
for (const [what, { inlet, bare }] of Object.entries(results)) {
  for (const [figure, value] of Object.entries(inlet)) {
    const other = bare[figure] ?? Number.NaN;
    table.push([what, figure, value.toFixed(2), other.toFixed(2), (value / other).toFixed(2)]);
  }
}
for (const [what, figures] of Object.entries(alone)) {
  for (const [figure, value] of Object.entries(figures)) table.push([what, figure, value.toFixed(2), "", ""]);
}
process.stdout.write(`${table.toString()}\n`);
const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? "", bun: Bun.version };
const file = join(ROOT, "dist/bench.json");
mkdirSync(dirname(file), { recursive: true });
await Bun.write(file, `${JSON.stringify({ machine, rounds: ROUNDS, results, alone }, null, 2)}\n`);
process.stdout.write(
  `medians of ${ROUNDS} rounds on ${machine.cores} cores (${machine.cpu}); also in dist/bench.json\n`,
);
process.exit(0);
