/** What is run, for which share of the time, and what the table says of the last line that it prints. */

type Figures = Readonly<Record<string, number>>;
/** One object, of which each script has numbers of its own. */
export type Report = Figures & { readonly figures?: Readonly<Record<string, Figures>> };

export interface Told {
  readonly tried: string;
  readonly checked: string;
  readonly faults: number;
}

export interface Attempt {
  readonly name: string;
  readonly script: string;
  /** Of the whole time; all together are 1. */
  readonly share: number;
  readonly tell: (report: Report) => Told;
}

/** With its thousands apart. Throws when the report lacks it. */
function count(figures: Figures | undefined, ...names: readonly string[]): string {
  return sum(figures, ...names).toLocaleString("en-US");
}

function sum(figures: Figures | undefined, ...names: readonly string[]): number {
  return names.reduce((before, name) => {
    const value = figures?.[name];
    if (typeof value !== "number") throw new Error(`there is no ${name}`);
    return before + value;
  }, 0);
}

export const ATTEMPTS: readonly Attempt[] = [
  {
    name: "simulator: crashes, stalls, reconnects to other processes, directory changes",
    script: "test/simulation/faults.ts",
    share: 0.25,
    tell: (report) => ({
      tried: `${count(report, "seeds")} seeds`,
      checked: `${count(report, "deliveries")} deliveries, ${count(report, "acknowledged")} acknowledgements`,
      faults: sum(report, "failed"),
    }),
  },
  {
    name: "the executable on a disk that fails, and without power",
    script: "test/faults/run.ts",
    share: 0.2,
    tell: (report) => ({
      tried: `${count(report, "failedCalls")} failed calls, ${count(report, "powerLosses")} losses of power`,
      checked: `${count(report, "acknowledged")} acknowledgements`,
      faults: sum(report, "faults"),
    }),
  },
  {
    name: "kills, full and stalling disks, bad roads, hostile clients",
    script: "test/endurance/run.ts",
    share: 0.3,
    tell: ({ faults, figures = {} }) => ({
      tried: endured(figures),
      checked: outcomes(figures),
      faults: Number(faults),
    }),
  },
  {
    name: "fuzz",
    script: "test/fuzz/run.ts",
    share: 0.15,
    tell: (report) => ({
      tried: `${count(report, "inputs")} inputs`,
      checked: "each read, or refused as it should be",
      faults: sum(report, "faults"),
    }),
  },
  {
    name: "stress: eight processes over one file, checkpoints a hundred times as often, kills",
    script: "test/stress/run.ts",
    share: 0.1,
    tell: (report) => ({
      tried: `${count(report, "kills")} kills`,
      checked: `${count(report, "stored")} rows, the file is whole`,
      faults: sum(report, "faults"),
    }),
  },
];

function endured(figures: Readonly<Record<string, Figures>>): string {
  return [
    `${count(figures.kills, "kills")} kills`,
    `a disk filled ${count(figures["a disk that fills and empties"], "fills")} times`,
    `${count(figures["a disk that stalls"], "stalls")} stalls of it`,
    `${count(figures["a road that cuts, stalls and splits"], "cuts")} cuts`,
    `${count(figures["clients that never read"], "connections")} clients that never read`,
    `${count(figures["headers and bodies byte by byte"], "connections")} that send byte by byte`,
    `${count(figures["HTTP/2 streams reset at once"], "resets")} resets`,
    `${count(figures["HTTP/2 windows of nothing"], "streamsNotTaken")} windows of nothing`,
  ].join(", ");
}

/** Of all kinds together: what was got, and at what cost at most. */
function outcomes(figures: Readonly<Record<string, Figures>>): string {
  const all = Object.values(figures);
  const total = (name: string) => all.reduce((before, each) => before + (each[name] ?? 0), 0);
  const most = (name: string) => Math.max(...all.map((each) => each[name] ?? 0));
  const deliveries = total("deliveries") + total("deliveriesOfOthers");
  return [
    `${deliveries.toLocaleString("en-US")} deliveries`,
    `${total("acknowledged").toLocaleString("en-US")} acknowledgements`,
    `memory at most ${most("memoryMostMb")} MB`,
    `others waited at most ${(most("slowestOfOthersMs") / 1000).toFixed(1)} s`,
  ].join(", ");
}
